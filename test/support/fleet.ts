import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { blueprintOf } from './blueprints.js';
import { basicHeader } from './client.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { ManagerProcess, newDataDir, type WireAnswer, type WireRequest } from './manager-process.js';

const LIMIT_MS = 30_000;

/** Writes down that a step begins and ends; waits while it is held, and fails when it is told to. */
const STEP = `#!/bin/bash
key="$DEPLOYMENT.$NODE.$STEP"
echo "$DEPLOYMENT begin $NODE $STEP $(ctx -j operation retry-number)" >> "$FOLDER/ledger"
while [ -e "$FOLDER/hold.$key" ]; do sleep 0.02; done
if [ -e "$FOLDER/fail.$key" ]; then exit 3; fi
if [ "$DELAY" != 0 ]; then sleep "$DELAY"; fi
echo "$DEPLOYMENT end $NODE $STEP" >> "$FOLDER/ledger"
`;

export interface ExecutionOnWire {
  readonly id: string;
  readonly status: string;
  readonly error: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

/** Processes of a manager on one database and one data folder, and the ledger that the scripts of their operations write. */
export class Fleet {
  readonly apis: ManagerProcess[] = [];
  readonly workers: ManagerProcess[] = [];
  private headers: Record<string, string> = {};

  private constructor(
    readonly database: TestDatabase,
    readonly dataDir: string,
    /** Of the ledger; every user may write there. */
    readonly folder: string,
  ) {}

  /** One process that answers; more are started by those who want them. */
  static async open(): Promise<Fleet> {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-ledger-'));
    await chmod(folder, 0o777);
    const fleet = new Fleet(await createTestDatabase(), await newDataDir(), folder);
    const api = await fleet.startApi();
    const authorization = basicHeader('admin', await api.adminPassword());
    fleet.headers = { authorization, tenant: 'default_tenant' };
    return fleet;
  }

  async startApi(): Promise<ManagerProcess> {
    const api = await this.start('api');
    this.apis.push(api);
    return api;
  }

  async startWorker(): Promise<ManagerProcess> {
    const worker = await this.start('worker');
    this.workers.push(worker);
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await Promise.all(this.apis.map((api) => api.stop()));
    await this.database.drop();
    for (const each of [this.folder, this.dataDir]) await rm(each, { recursive: true, force: true, maxRetries: 5 });
  }

  /** As the administrator, through one of the processes that answer. */
  ask(target: string, options: WireRequest = {}, place = 0): Promise<WireAnswer> {
    const api = this.apis[place];
    if (api === undefined) throw new Error(`No process number ${place} answers.`);
    return api.request(`/api/v3.1${target}`, { ...options, headers: { ...this.headers, ...options.headers } });
  }

  /** @throws Error with the answer, unless it has this status */
  async expect(status: number, answer: Promise<WireAnswer>): Promise<WireAnswer> {
    const got = await answer;
    if (got.status !== status) throw new Error(`Expected ${status}, got ${got.status}: ${got.text}`);
    return got;
  }

  /** A blueprint of these lines below the imports; the script `step.sh` is in it. */
  async upload(id: string, yaml: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
    const main = `tosca_definitions_version: cloudify_dsl_1_4\nimports: [cloudify/types/types.yaml]\n${yaml}`;
    await this.expect(
      201,
      this.ask(`/blueprints/${id}?async_upload=false`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream' },
        body: blueprintOf({ 'blueprint.yaml': main, 'step.sh': STEP, ...files }),
      }),
    );
  }

  /** An operation that runs `step.sh`. */
  step(name: string, { more = 'max_retries: 0', delay = 0 } = {}): string {
    const env = `{STEP: ${name}, FOLDER: '${this.folder}', DELAY: '${delay}', NODE: {get_property: [SELF, name]}, DEPLOYMENT: {get_sys: [deployment, id]}}`;
    return `{implementation: step.sh, ${more}, inputs: {process: {default: {env: ${env}}}}}`;
  }

  async deploy(blueprint: string, id: string, place = 0): Promise<void> {
    await this.expect(201, this.ask(`/deployments/${id}`, { method: 'PUT', body: { blueprint_id: blueprint } }, place));
  }

  begin(deployment: string, workflow = 'install', more: object = {}, place = 0): Promise<WireAnswer> {
    const body = { deployment_id: deployment, workflow_id: workflow, ...more };
    return this.ask('/executions', { method: 'POST', body }, place);
  }

  /** Answers the id of the execution. */
  async run(deployment: string, workflow = 'install', more: object = {}, place = 0): Promise<string> {
    const answer = await this.expect(201, this.begin(deployment, workflow, more, place));
    return answer.body.id as string;
  }

  act(execution: string, action: string, place = 0): Promise<WireAnswer> {
    return this.ask(`/executions/${execution}`, { method: 'POST', body: { action } }, place);
  }

  async execution(id: string): Promise<ExecutionOnWire> {
    return (await this.expect(200, this.ask(`/executions/${id}`))).body as ExecutionOnWire;
  }

  ended(id: string, limitMs = LIMIT_MS): Promise<ExecutionOnWire> {
    const look = async (): Promise<ExecutionOnWire | null> => {
      const execution = await this.execution(id);
      return ['terminated', 'failed', 'cancelled'].includes(execution.status) ? execution : null;
    };
    return this.until(`the execution ${id} ends`, look, limitMs);
  }

  async until<T>(what: string, look: () => Promise<T | null>, limitMs = LIMIT_MS): Promise<T> {
    const until = Date.now() + limitMs;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (Date.now() > until) throw new Error(`It never came to this: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Lines of one deployment without its name, or of all. */
  async ledger(deployment?: string): Promise<string[]> {
    const text = await readFile(path.join(this.folder, 'ledger'), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    if (deployment === undefined) return lines;
    return lines.filter((line) => line.startsWith(`${deployment} `)).map((line) => line.slice(deployment.length + 1));
  }

  /** Resolves when that line of the deployment is in the ledger. */
  async written(deployment: string, line: string): Promise<void> {
    await this.until(`${deployment} writes '${line}'`, async () =>
      (await this.ledger(deployment)).includes(line) ? true : null,
    );
  }

  /** Keeps a step from ending, or lets it fail, until it is allowed again. `key`: deployment, node and step with dots. */
  async tell(verb: 'hold' | 'fail', key: string): Promise<void> {
    await writeFile(path.join(this.folder, `${verb}.${key}`), '');
  }

  async allow(verb: 'hold' | 'fail', key: string): Promise<void> {
    await rm(path.join(this.folder, `${verb}.${key}`));
  }

  private start(role: string): Promise<ManagerProcess> {
    const env = { DATABASE_URL: this.database.ownerUrl, DATABASE_APP_URL: this.database.appUrl };
    return ManagerProcess.start(this.dataDir, { args: ['--role', role], env });
  }
}
