import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unique, type TestApp } from './app.js';
import { blueprintOf, uploadForm } from './blueprints.js';
import type { Answer, Client } from './client.js';
import { eventually } from './runner-world.js';

export const FIRST = `
description: The first one
inputs:
  port: {default: 8080}
  size: {default: 1.0}
  gone: {default: 1}
node_templates:
  host: {type: step}
  db: {type: step}
  app:
    type: updatable
    properties: {port: {get_input: port}}
    relationships:
      - {type: cloudify.relationships.contained_in, target: host}
      - {type: linked, target: db}
outputs:
  port: {value: {get_input: port}}
`;
/** Without `db` and the input `gone`; with `cache`, which `app` is linked to now. */
export const SECOND = `
description: The second one
inputs:
  port: {default: 8080}
  size: {default: 1.0}
labels:
  stage: {values: [two]}
node_templates:
  host: {type: step}
  cache: {type: step}
  app:
    type: updatable
    properties: {port: {get_input: port}, note: new}
    relationships:
      - {type: cloudify.relationships.contained_in, target: host}
      - {type: linked, target: cache}
outputs:
  url: {value: {concat: ['http://', {get_input: port}]}}
workflows:
  custom: {mapping: default_workflows.cloudify.plugins.workflows.start}
`;

const SCRIPT = `#!/bin/bash
set -e
mine="$(ctx instance id 2>/dev/null || true)"
if [ -z "$mine" ]; then mine="$(ctx source instance id)>$(ctx target instance id)"; fi
echo "$mine $STEP" >> "$LEDGER"
if [ -n "$FAIL" ]; then echo "told to fail" >&2; exit 1; fi
if [ -n "$DRIFT" ]; then ctx returns '{"moved": true}'; fi
`;

/** Deployments with real scripts, which write into a ledger what ran. */
export class UpdatedDeployments {
  private constructor(
    private readonly test: TestApp,
    readonly folder: string,
  ) {}

  static async create(test: TestApp): Promise<UpdatedDeployments> {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-updates-'));
    await chmod(folder, 0o777);
    return new UpdatedDeployments(test, folder);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Types whose operations write into the ledger: `step`, `updatable`, `linked`; then these lines. */
  async uploaded(ledger: string, yaml: string, client: Client = this.test.admin): Promise<string> {
    const id = unique('bp');
    const main = `tosca_definitions_version: cloudify_dsl_1_5
imports: [cloudify/types/types.yaml]
node_types:
  step:
    derived_from: cloudify.nodes.Root
    properties: {port: {default: 80}, note: {default: ''}}
    interfaces:
      cloudify.interfaces.lifecycle:
${['create', 'start', 'stop', 'delete'].map((step) => `        ${step}: ${this.ofType(ledger, step)}`).join('\n')}
  updatable:
    derived_from: step
    interfaces:
      cloudify.interfaces.lifecycle:
        update: ${this.ofType(ledger, 'update')}
relationships:
  linked:
    derived_from: cloudify.relationships.connected_to
    source_interfaces:
      cloudify.interfaces.relationship_lifecycle:
        establish: ${this.ofType(ledger, 'establish')}
        unlink: ${this.ofType(ledger, 'unlink')}
${yaml}`;
    const answer = await uploadForm(client, id, {}, blueprintOf({ 'blueprint.yaml': main, 'step.sh': SCRIPT }));
    assertStatus(answer, 201);
    return id;
  }

  /** A deployment of these lines, installed. Answers its id. */
  async installed(ledger: string, yaml: string, body: object = {}): Promise<string> {
    const id = await this.deployed(ledger, yaml, body);
    const { status, error } = await this.ran(id, 'install');
    if (status !== 'terminated') throw new Error(`The install ended as ${String(status)}: ${String(error)}`);
    return id;
  }

  async deployed(ledger: string, yaml: string, body: object = {}): Promise<string> {
    const id = unique('dep');
    const blueprint = await this.uploaded(ledger, yaml);
    const made = await this.test.admin.put(`/deployments/${id}`, { blueprint_id: blueprint, ...body });
    assertStatus(made, 201);
    return id;
  }

  /** An operation of a node template that writes this step; `more` are variables: FAIL, DRIFT. */
  operation(ledger: string, step: string, more: Readonly<Record<string, string>> = {}): string {
    return `{implementation: step.sh, inputs: {process: ${this.process(ledger, step, more)}}}`;
  }

  private ofType(ledger: string, step: string): string {
    return `{implementation: step.sh, inputs: {process: {default: ${this.process(ledger, step, {})}}}}`;
  }

  private process(ledger: string, step: string, more: Readonly<Record<string, string>>): string {
    return JSON.stringify({ env: { STEP: step, LEDGER: path.join(this.folder, ledger), ...more } });
  }

  async ran(deployment: string, workflow: string, parameters: object = {}): Promise<Record<string, unknown>> {
    const body = { deployment_id: deployment, workflow_id: workflow, parameters };
    const started = await this.test.admin.post('/executions', body);
    assertStatus(started, 201);
    return this.ended(String(started.body.id));
  }

  async ended(execution: string): Promise<Record<string, unknown>> {
    return eventually(async () => {
      const { body } = await this.test.admin.get(`/executions/${execution}`);
      return ['terminated', 'failed', 'cancelled'].includes(String(body.status)) ? body : null;
    });
  }

  initiate(deployment: string, body: object, client: Client = this.test.admin): Promise<Answer> {
    return client.post(`/deployment-updates/${deployment}/update/initiate`, body);
  }

  /** Updates to these lines and waits; answers the record as it is then, with the execution. */
  async updated(
    deployment: string,
    body: object,
  ): Promise<{ readonly record: Answer['body']; readonly execution: Record<string, unknown> }> {
    const begun = await this.initiate(deployment, body);
    assertStatus(begun, 200);
    const execution = await this.ended(String(begun.body.execution_id));
    const { body: record } = await this.test.admin.get(`/deployment-updates/${String(begun.body.id)}`);
    return { record, execution };
  }

  /** What ran since the last look, without the random ends of ids. */
  async ledger(name: string, from = 0): Promise<string[]> {
    const text = await readFile(path.join(this.folder, name), 'utf8').catch(() => '');
    const lines = text === '' ? [] : text.trimEnd().split('\n');
    return lines.slice(from).map((line) => line.replaceAll(/_[a-z0-9]{6}(?=[> ])/g, ''));
  }

  /** The nodes of its instances, sorted. */
  async instanceNodes(deployment: string): Promise<readonly string[]> {
    const nodes = (await this.instances(deployment)).map((each) => String(each.node_id));
    return nodes.toSorted((one, other) => one.localeCompare(other));
  }

  async nodes(deployment: string): Promise<ReadonlyMap<string, Answer['body']>> {
    const { body } = await this.test.admin.get(`/nodes?deployment_id=${deployment}`);
    return new Map(body.items.map((node: { readonly id: string }) => [node.id, node]));
  }

  async instances(deployment: string): Promise<readonly Answer['body'][]> {
    const { body } = await this.test.admin.get(`/node-instances?deployment_id=${deployment}&_sort=id`);
    return body.items;
  }
}

function assertStatus({ status, text }: Answer, wanted: number): void {
  if (status !== wanted) throw new Error(`The answer was ${String(status)}, not ${String(wanted)}: ${text}`);
}
