import type { Result } from '../../../core/graph/state.js';
import type { Json } from '../../../core/graph/task.js';
import { OutboundRefusedError, type OutboundRefusalReason } from '../../outbound/outbound-refused-error.js';
import { writePath, type MutableJson } from '../ctx/json-path.js';
import type { OperationRun, PluginTask } from '../operation-run.js';
import { readHttpInputs, type HttpInputs } from './http-inputs.js';
import type { WebAnswer } from './web-requests.js';

const LARGEST_ANSWER = 4_194_304;
/** Another time they may end differently; the others are for the blueprint or the operator to mend. */
const PASSING: ReadonlySet<OutboundRefusalReason> = new Set(['name', 'connection', 'timeout', 'status']);

/** `http.request`: one HTTP request under the rules of outbound requests (security-design §7). */
export const requestHttp: PluginTask = async (run) => {
  const inputs = readHttpInputs(run.request.inputs);
  try {
    const answer = await run.worker.web.send({ ...inputs, maxBytes: LARGEST_ANSWER, signal: run.signal });
    await run.log.write('info', `${inputs.method} ${originOf(inputs.url)}: status ${answer.status}`);
    return await judge(run, inputs, answer);
  } catch (error) {
    if (run.signal.aborted || !(error instanceof OutboundRefusedError)) throw error;
    const cause = error.message;
    return PASSING.has(error.reason) ? { kind: 'recoverable', cause, after: null } : { kind: 'non-recoverable', cause };
  }
};

async function judge(run: OperationRun, inputs: HttpInputs, answer: WebAnswer): Promise<Result> {
  const { status, headers } = answer;
  const isExpected = inputs.expected.length === 0 ? status >= 200 && status < 300 : inputs.expected.includes(status);
  if (isExpected) {
    const value = valueOf(answer);
    if (inputs.saveTo !== null) await save(run, inputs.saveTo, value as MutableJson);
    return { kind: 'success', value };
  }
  const cause = `${inputs.method} ${originOf(inputs.url)}: the server answered ${status}`;
  const wait = headers['retry-after'] ?? '';
  const after = /^\d+$/.test(wait) ? Number(wait) : null;
  if (inputs.retried.includes(status)) return { kind: 'retry', cause, after };
  // What a server cannot do now it may do later; what it refuses it will refuse again.
  if (status >= 500 || status === 408 || status === 429) return { kind: 'recoverable', cause, after };
  return { kind: 'non-recoverable', cause };
}

async function save({ subject, request }: OperationRun, path: string, value: MutableJson): Promise<void> {
  const side = request.subject.kind === 'node-instance' ? 'instance' : request.subject.side;
  writePath(await subject.side(side).runtime.now(), path, value);
}

/** The body as JSON where it says that it is, else as text. */
function valueOf({ status, headers, body }: WebAnswer): Json {
  const text = body.toString('utf8').replaceAll('\0', '\uFFFD');
  if (/^application\/([\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '')) {
    try {
      return { status, headers, body: JSON.parse(text) as Json };
    } catch {
      // It is not what it says.
    }
  }
  return { status, headers, body: text };
}

/** Paths and queries may hold credentials. */
function originOf(url: string): string {
  return URL.parse(url)?.origin ?? 'the URL';
}
