import type { Result } from '../../../core/graph/state.js';
import type { Ended } from './run-process.js';

/** What the original's ProcessException says (script-plugin §5). */
export function processFailure(command: string, { code, stdout, stderr }: Ended): Result {
  const parts = [`command: ${command}`, `exit_code: ${code}`];
  if (stderr !== '') parts.push(`stderr: ${stderr}`);
  if (stdout !== '') parts.push(`stdout: ${stdout}`);
  return { kind: 'recoverable', cause: `ProcessException: ${parts.join(', ')}`, after: null };
}
