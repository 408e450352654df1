import type { Json } from '../../core/graph/task.js';
import { requestHttp } from './http/http-plugin.js';
import type { OperationRequest } from './operation-dispatch.js';
import { OperationRefused } from './operation-refused.js';
import type { PluginTask } from './operation-run.js';
import type { OperationsSettings } from './operations-settings.js';
import { runScript } from './script/script-plugin.js';
import { applyTerraform, destroyTerraform, initTerraform, planTerraform } from './terraform/terraform-plugin.js';

interface BuiltInTask {
  readonly task: PluginTask;
  /** Whether it may be begun twice (agent-protocol §7). */
  readonly isResumable: (request: OperationRequest) => boolean;
}

const ALWAYS = (): boolean => true;
/** What a server may be asked twice without more happening than once (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

function isIdempotent(method: Json): boolean {
  return typeof method === 'string' && IDEMPOTENT.has(method.toUpperCase());
}

const PLUGINS: ReadonlyMap<string, ReadonlyMap<string, BuiltInTask>> = new Map([
  ['script', new Map([['script_runner.tasks.run', { task: runScript, isResumable: ALWAYS }]])],
  [
    'http',
    new Map([
      [
        'http.request',
        {
          task: requestHttp,
          isResumable: ({ inputs }: OperationRequest): boolean => isIdempotent(inputs['method'] ?? 'GET'),
        },
      ],
    ]),
  ],
  [
    'terraform',
    new Map([
      ['terraform.init', { task: initTerraform, isResumable: ALWAYS }],
      ['terraform.plan', { task: planTerraform, isResumable: ALWAYS }],
      ['terraform.apply', { task: applyTerraform, isResumable: ALWAYS }],
      ['terraform.destroy', { task: destroyTerraform, isResumable: ALWAYS }],
    ]),
  ],
]);

/** @throws OperationRefused that names plugin and operation, and what to do */
export function findTask(request: OperationRequest, settings: OperationsSettings): PluginTask {
  const { plugin, task, name, executor, isResumed } = request.operation;
  const tasks = PLUGINS.get(plugin);
  if (tasks === undefined) {
    throw new OperationRefused(
      `the plugin ${plugin} of the operation ${name} cannot be run here: this manager runs the built-in plugins ` +
        `${[...PLUGINS.keys()].join(', ')}; use one of these, or an agent that has the plugin`,
    );
  }
  const found = tasks.get(task);
  if (found === undefined) {
    throw new OperationRefused(
      `the plugin ${plugin} has no task ${task}, which the operation ${name} is implemented by; it has ` +
        [...tasks.keys()].join(', '),
    );
  }
  if (executor === 'host_agent' && !settings.runHostOperations) {
    throw new OperationRefused(
      `the operation ${name} is to be run by an agent on its host (executor host_agent), and there is none: set ` +
        'run_host_operations_locally, or the executor central_deployment_agent',
    );
  }
  if (isResumed && !found.isResumable(request)) {
    throw new OperationRefused(
      `the operation ${name} (${plugin}: ${task}) may have begun before a worker was lost, and cannot be begun twice: find ` +
        'out what it has done, then resume the execution with force, or run the operation again',
    );
  }
  return found.task;
}
