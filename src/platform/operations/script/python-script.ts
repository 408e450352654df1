import { join } from 'node:path';
import type { Result } from '../../../core/graph/state.js';
import type { Json } from '../../../core/graph/task.js';
import { answerCall, asError } from '../ctx/ctx-calls.js';
import { jsonAnswer, type CtxAnswer } from '../ctx/ctx-server.js';
import type { Side } from '../ctx/ctx-subject.js';
import { isJsonMap, type JsonMap } from '../ctx/json-path.js';
import { secondsOf } from '../ctx/outcome.js';
import type { OperationInstance } from '../operation-dispatch.js';
import { OperationRefused } from '../operation-refused.js';
import type { OperationRun } from '../operation-run.js';
import { shellQuoted } from '../process/first-shell.js';
import { isOnPath } from '../process/programs.js';
import { processFailure } from '../process/process-failure.js';
import { baseEnvironment, runProcess } from '../process/run-process.js';

/**
 * Runs a `.py` script with a `cloudify` package of our own beside it (script-plugin §6). Inputs do not go to the
 * environment; they, the runtime properties and how it ended go through the proxy.
 */
export async function runPython(
  run: OperationRun,
  file: string,
  inputs: Readonly<Record<string, Json>>,
): Promise<Result> {
  if (!(await isOnPath('python3'))) {
    throw new OperationRefused('python3 is not on the PATH of the worker: install it to run scripts written in Python');
  }
  const said: { end: JsonMap | null } = { end: null };
  const proxy = await run.worker.server.serve(async (kind, body) =>
    kind === 'python' ? answerPython(run, file, inputs, body, said) : answerCall(run.ctx, body),
  );
  try {
    const runner = join(run.worker.folders.tools, 'python', 'run_script.py');
    const command = `python3 -I -B -u ${shellQuoted(runner)}`;
    const ended = await runProcess(run, {
      line: command,
      folder: run.folder,
      environment: { ...baseEnvironment(run), CTX_SOCKET_URL: proxy.url },
    });
    await proxy.settled();
    const failure = said.end === null ? processFailure(file, ended) : failureOf(said.end);
    return run.outcome.result(failure);
  } finally {
    proxy.close();
  }
}

async function answerPython(
  run: OperationRun,
  file: string,
  inputs: Readonly<Record<string, Json>>,
  body: Buffer,
  said: { end: JsonMap | null },
): Promise<CtxAnswer> {
  try {
    const asked = JSON.parse(body.toString('utf8')) as unknown;
    if (!isJsonMap(asked)) throw new Error('a call is a map');
    return jsonAnswer({ type: 'result', payload: await answer(run, file, inputs, asked, said) });
  } catch (error) {
    const { message, name } = asError(error);
    return jsonAnswer({ type: 'error', payload: { type: name, message, traceback: '' } });
  }
}

async function answer(
  run: OperationRun,
  file: string,
  inputs: Readonly<Record<string, Json>>,
  asked: JsonMap,
  said: { end: JsonMap | null },
): Promise<Json> {
  const side = asked['side'] as Side;
  switch (asked['do']) {
    case 'start':
      return { script: file, inputs, context: contextOf(run) };
    case 'runtime-properties':
      return run.subject.side(side).runtime.now();
    case 'save': {
      const { properties } = asked;
      if (!isJsonMap(properties)) throw new Error('runtime properties are a map');
      await run.subject.side(side).runtime.replace(properties);
      return null;
    }
    case 'end':
      said.end = asked;
      return null;
    default:
      throw new Error('there is no such call');
  }
}

/** What never changes while the operation runs. */
function contextOf({ request, folder, worker, subject }: OperationRun): Json {
  const { execution, deployment, operation } = request;
  return {
    type: request.subject.kind,
    sides: Object.fromEntries([...subject.sides].map(([side, { instance }]) => [side, describe(instance)])),
    operation: {
      name: operation.name,
      retry_number: operation.retryNumber,
      max_retries: operation.maxRetries,
      relationship: request.subject.kind === 'relationship-instance' ? request.subject.side : null,
    },
    blueprint: { id: deployment.blueprintId },
    deployment: {
      id: deployment.id,
      display_name: deployment.displayName,
      creator: deployment.creator,
      resource_tags: deployment.resourceTags,
      tenant_name: execution.tenantName,
    },
    plugin: { name: operation.plugin, properties: operation.pluginProperties, workdir: folder },
    execution_id: execution.id,
    workflow_id: execution.workflowId,
    workflow_parameters: execution.parameters,
    execution_creator_username: execution.creator,
    tenant_name: execution.tenantName,
    task_id: request.taskId,
    task_name: operation.task,
    rest_host: [worker.settings.manager.host],
    rest_port: worker.settings.manager.port,
  };
}

function describe(instance: OperationInstance): Json {
  return {
    id: instance.id,
    index: instance.index,
    node: {
      id: instance.nodeId,
      name: instance.nodeId,
      type: instance.nodeType,
      type_hierarchy: instance.typeHierarchy,
      properties: instance.properties,
    },
    scaling_groups: instance.scalingGroups.map(({ name, id }) => ({ name, id })),
    relationships: instance.relationships.map(({ type, typeHierarchy, targetId, targetNodeId }) => ({
      type,
      type_hierarchy: typeHierarchy,
      target_id: targetId,
      target_node_id: targetNodeId,
    })),
  };
}

/** Exceptions by their class (agent-protocol §4). */
function failureOf(end: JsonMap): Result | null {
  const message = typeof end['message'] === 'string' ? end['message'] : '';
  const name = typeof end['exception'] === 'string' ? end['exception'] : 'Exception';
  const after = secondsOf(end['retry_after'] ?? null);
  switch (end['kind']) {
    case 'success':
      return null;
    case 'non-recoverable':
      return { kind: 'non-recoverable', cause: message === '' ? name : message };
    case 'retry':
      return { kind: 'retry', cause: message, after };
    default: {
      const isPlain = name === 'RecoverableError';
      return { kind: 'recoverable', cause: isPlain ? message : `${name}: ${message}`, after };
    }
  }
}
