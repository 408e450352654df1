import type { Failure } from '../../../core/graph/state.js';
import type { GraphNode, Json } from '../../../core/graph/task.js';

/** Results are shown, not kept, in events: the first thousand characters say what it was. */
const RESULT_LENGTH = 1_000;
const LISTED_FAILURES = 20;

export type TaskMoment = 'sending' | 'started' | 'succeeded' | 'failed' | 'rescheduled';

/** orchestration §14 "Text forms" */
export function taskText(
  moment: TaskMoment,
  node: GraphNode,
  details: { readonly retries: number; readonly value?: Json; readonly cause?: string; readonly isDryRun: boolean },
): string {
  const { value = null, cause, retries, isDryRun } = details;
  const what = node.action.kind === 'subgraph' ? 'Subgraph' : 'Task';
  const head = moment === 'sending' ? `Sending task '${node.name}'` : `${what} ${moment} '${node.name}'`;
  const result = moment === 'succeeded' && value !== null ? ` - ${shown(value)}` : '';
  const error = cause === undefined ? '' : ` -> ${cause}`;
  return `${head}${result}${error}${retryText(node, retries)}${isDryRun ? ' (dry run)' : ''}`;
}

function retryText({ total = 0 }: GraphNode, retries: number): string {
  if (retries === 0) return '';
  return total === -1 ? ` [retry ${retries}]` : ` [retry ${retries}/${total}]`;
}

function shown(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > RESULT_LENGTH ? `${text.slice(0, RESULT_LENGTH)}… (${text.length} characters)` : text;
}

/** The error of a graph that failed: one is told in full, several are counted and listed (orchestration §7). */
export function failureText(count: number, failures: readonly Failure[]): string {
  const [only] = failures;
  if (count <= 1 && only !== undefined) return `Task failed ${oneFailure(only)}`;
  const listed = failures.slice(0, LISTED_FAILURES).map((failure) => `\n- ${oneFailure(failure)}`);
  const more = count > listed.length ? `\n- and ${count - listed.length} more` : '';
  return `${count} tasks failed:${listed.join('')}${more}`;
}

function oneFailure({ name, action, cause }: Failure): string {
  const about =
    action.kind === 'operation'
      ? ` of node instance '${action.instance}', operation '${action.operation}'`
      : action.kind === 'subgraph' && action.instance !== null
        ? ` of node instance '${action.instance}'`
        : '';
  return `'${name}'${about} -> ${cause}`;
}
