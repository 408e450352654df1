import { setTimeout as pause } from 'node:timers/promises';
import { packFiles, filesBelow } from '../../platform/archives/pack-files.js';
import type { OpenedBlueprint } from '../blueprint/open-blueprint.js';
import { Refused, type ManagerClient } from './manager-client.js';
import { containments, CurrentOperations, eventOf, instanceOf, type Progress } from './progress.js';
import type { RunView } from './views.js';

const LOOK_EVERY_MS = 300;
/** Rows of events get their numbers before they are committed: the last seconds are read again. */
const LATE_MS = 5_000;
const ENDED = new Set(['terminated', 'failed', 'cancelled']);

export interface RunRequest {
  readonly id: string;
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  /** How often a failed operation is tried again, and the seconds until then. */
  readonly retries: number;
  readonly retryInterval: number;
}

export interface RunOutcome {
  readonly status: string;
  readonly error: string | null;
  readonly outputs: unknown;
  readonly capabilities: unknown;
}

/** How a user stops a run: the first time it is cancelled, the second time killed. */
export interface Stops {
  readonly asked: number;
}

/** Uploads what is not there yet, starts the workflow, and shows it until it ends. @throws Refused */
export async function runBlueprint(
  client: ManagerClient,
  blueprint: OpenedBlueprint,
  request: RunRequest,
  { view, stops }: { readonly view: RunView; readonly stops: Stops },
): Promise<RunOutcome> {
  const { id } = request;
  await settle(client, { task_retries: request.retries, task_retry_interval: request.retryInterval });
  await putSecrets(client, request.secrets);
  if (await exists(client, `deployments/${encodeURIComponent(id)}`)) {
    view.note(`deployment ${id} is there already and is used as it is`);
  } else {
    await deploy(client, blueprint, request, view);
  }
  const started = await client.call({
    method: 'POST',
    path: 'executions',
    body: {
      deployment_id: id,
      workflow_id: request.workflow,
      parameters: request.parameters,
      dry_run: request.dryRun,
    },
  });
  const { status, error } = await follow(client, { ...request, executionId: String(started['id']) }, view, stops);
  const path = `deployments/${encodeURIComponent(id)}`;
  const { outputs } = await client.call({ method: 'GET', path: `${path}/outputs` });
  const { capabilities } = await client.call({ method: 'GET', path: `${path}/capabilities` });
  return { status, error, outputs, capabilities };
}

async function deploy(
  client: ManagerClient,
  blueprint: OpenedBlueprint,
  { id, inputs }: RunRequest,
  view: RunView,
): Promise<void> {
  const path = encodeURIComponent(id);
  if (!(await exists(client, `blueprints/${path}`))) {
    view.note(`uploading ${blueprint.nameOf(blueprint.mainFile)}`);
    await client.call({
      method: 'PUT',
      path: `blueprints/${path}`,
      query: { application_file_name: blueprint.mainFile },
      // An archive holds one folder, whose name means nothing.
      body: packFiles(filesBelow(blueprint.folder, 'blueprint')),
    });
  }
  view.note(`creating deployment ${id}`);
  await client.call({ method: 'PUT', path: `deployments/${path}`, body: { blueprint_id: id, inputs } });
}

async function settle(client: ManagerClient, settings: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await client.call({ method: 'PUT', path: `config/workflow.${name}`, body: { value } });
  }
}

async function putSecrets(client: ManagerClient, secrets: RunRequest['secrets']): Promise<void> {
  for (const [key, value] of Object.entries(secrets)) {
    await client.call({
      method: 'PUT',
      path: `secrets/${encodeURIComponent(key)}`,
      body: { value, update_if_exists: true },
    });
  }
}

async function exists(client: ManagerClient, path: string): Promise<boolean> {
  try {
    await client.call({ method: 'GET', path, query: { _include: 'id' } });
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return false;
    throw error;
  }
}

async function follow(
  client: ManagerClient,
  { id, executionId }: { readonly id: string; readonly executionId: string },
  view: RunView,
  stops: Stops,
): Promise<Progress> {
  const seen = new SeenEvents();
  const current = new CurrentOperations();
  let stopped = 0;
  let contained: ReadonlySet<string> = new Set();
  for (let look = 0; ; look += 1) {
    if (stops.asked > stopped) {
      stopped = stops.asked;
      await stop(client, executionId, stopped, view);
    }
    const execution = await client.call({ method: 'GET', path: `executions/${executionId}` });
    const events = await client.items('events', { execution_id: executionId, ...seen.range() });
    for (const event of events.map(eventOf)) {
      if (!seen.add(event.storageId, event.time)) continue;
      current.add(event);
      view.event(event);
    }
    if (look === 0) contained = await containmentsOf(client, id);
    const instances = await client.items('node-instances', {
      deployment_id: id,
      _include: 'id,node_id,state,relationships',
      _get_all_results: 'true',
    });
    const progress: Progress = {
      workflow: String(execution['workflow_id']),
      status: String(execution['status']),
      error: typeof execution['error'] === 'string' && execution['error'] !== '' ? execution['error'] : null,
      finishedOperations: Number(execution['finished_operations']),
      totalOperations: Number(execution['total_operations']),
      instances: instances.map((item) => instanceOf(item, contained)),
      current: current.names(),
    };
    view.progress(progress);
    if (ENDED.has(progress.status)) return progress;
    await pause(LOOK_EVERY_MS);
  }
}

async function containmentsOf(client: ManagerClient, deploymentId: string): Promise<ReadonlySet<string>> {
  return containments(
    await client.items('nodes', {
      deployment_id: deploymentId,
      _include: 'id,relationships',
      _get_all_results: 'true',
    }),
  );
}

async function stop(client: ManagerClient, executionId: string, asked: number, view: RunView): Promise<void> {
  const action = asked === 1 ? 'cancel' : 'kill';
  view.note(asked === 1 ? 'cancelling; once more to kill what runs' : 'killing what runs');
  try {
    await client.call({ method: 'POST', path: `executions/${executionId}`, body: { action } });
  } catch (error) {
    // It ended while we asked.
    if (!(error instanceof Refused)) throw error;
  }
}

/** Which events were shown already. */
class SeenEvents {
  private readonly numbers = new Map<number, number>();
  private latest = 0;

  add(storageId: number, time: string): boolean {
    if (this.numbers.has(storageId)) return false;
    const at = Date.parse(time);
    this.latest = Math.max(this.latest, at);
    this.numbers.set(storageId, at);
    return true;
  }

  range(): Readonly<Record<string, string>> {
    if (this.latest === 0) return {};
    const from = this.latest - LATE_MS;
    for (const [storageId, at] of this.numbers) if (at < from) this.numbers.delete(storageId);
    return { _range: `reported_timestamp,${new Date(from).toISOString()},` };
  }
}
