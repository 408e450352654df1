import type { Json } from '../../../core/graph/task.js';
import { isJsonMap } from '../ctx/json-path.js';
import { pythonText } from '../ctx/python-text.js';
import { OperationRefused } from '../operation-refused.js';

/** The inputs of `run` (script-plugin §2). */
export interface ScriptInputs {
  readonly path: string | null;
  readonly source: string | null;
  readonly environment: Readonly<Record<string, Json>>;
  readonly folder: string | null;
  readonly args: readonly string[];
  readonly commandPrefix: string | null;
  readonly logsOutput: boolean;
  readonly logsErrors: boolean;
  readonly mergesErrors: boolean;
  readonly evalPython: boolean | null;
  readonly hasProxy: boolean;
  /** Whatever else: variables of the environment, or `ctx_parameters` of Python. */
  readonly rest: Readonly<Record<string, Json>>;
}

/** @throws OperationRefused */
export function readScriptInputs(inputs: Readonly<Record<string, Json>>): ScriptInputs {
  const { script_path: path, script_source: source, process, ssl_cert_content: authority, ...rest } = inputs;
  const hasPath = path !== undefined && path !== null && path !== '';
  const hasSource = source !== undefined && source !== null && source !== '';
  if (hasPath === hasSource) {
    throw new OperationRefused('a script needs exactly one of the inputs script_path and script_source');
  }
  if (
    authority !== undefined &&
    authority !== null &&
    authority !== '' &&
    typeof path === 'string' &&
    /^https:/i.test(path)
  ) {
    throw new OperationRefused('ssl_cert_content is not supported: let the operator trust the authority instead');
  }
  const settings = process ?? {};
  if (!isJsonMap(settings)) throw new OperationRefused('the input process must be a map');
  const environment = settings['env'] ?? {};
  if (!isJsonMap(environment)) throw new OperationRefused('process.env must be a map');
  const args = settings['args'] ?? [];
  if (!Array.isArray(args)) throw new OperationRefused('process.args must be a list');
  const proxy = settings['ctx_proxy_type'] ?? 'auto';
  if (proxy !== 'auto' && proxy !== 'http' && proxy !== 'none') {
    throw new OperationRefused(`process.ctx_proxy_type is one of auto, http and none, not ${textOf(proxy)}`);
  }
  return {
    path: hasPath ? textOf(path) : null,
    source: hasSource ? textOf(source) : null,
    environment,
    folder: optionalText(settings['cwd']),
    args: args.map(textOf),
    commandPrefix: optionalText(settings['command_prefix']),
    logsOutput: settings['log_stdout'] !== false,
    logsErrors: settings['log_stderr'] !== false,
    mergesErrors: settings['stderr_to_stdout'] === true,
    evalPython: typeof settings['eval_python'] === 'boolean' ? settings['eval_python'] : null,
    hasProxy: proxy !== 'none',
    rest,
  };
}

/** Objects, lists and booleans as JSON, the rest as Python prints it (script-plugin §3.4). @throws OperationRefused */
export function environmentOf(values: Readonly<Record<string, Json>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, item]) => {
      const isJson = typeof item === 'object' ? item !== null : typeof item === 'boolean';
      const text = isJson ? JSON.stringify(item) : textOf(item);
      if (text.includes('\0')) throw new OperationRefused(`the input ${name} holds NUL and cannot be a variable`);
      return [name, text];
    }),
  );
}

function textOf(item: Json): string {
  return typeof item === 'string' ? item : pythonText(item);
}

function optionalText(item: Json | undefined): string | null {
  return item === undefined || item === null || item === '' ? null : textOf(item);
}
