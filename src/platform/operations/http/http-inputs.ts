import type { Json } from '../../../core/graph/task.js';
import { isJsonMap } from '../ctx/json-path.js';
import { pythonText } from '../ctx/python-text.js';
import { OperationRefused } from '../operation-refused.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** What belongs to the connection is not for operations to say. */
const RESERVED: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'accept-encoding',
]);
const DEFAULT_SECONDS = 60;
const MOST_SECONDS = 3_600;

export interface HttpInputs {
  readonly method: (typeof METHODS)[number];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** Empty: every 2xx. */
  readonly expected: readonly number[];
  readonly retried: readonly number[];
  readonly timeoutMs: number;
  /** A path of runtime properties. */
  readonly saveTo: string | null;
}

/** @throws OperationRefused that names the input */
export function readHttpInputs(inputs: Readonly<Record<string, Json>>): HttpInputs {
  const url = inputs['url'];
  if (typeof url !== 'string' || url === '') throw new OperationRefused('the input url is needed');
  const method = METHODS.find((known) => known === textOf(inputs['method'] ?? 'GET').toUpperCase());
  if (method === undefined) throw new OperationRefused(`the input method is one of ${METHODS.join(', ')}`);
  const { body, json } = inputs;
  const hasBody = body !== undefined && body !== null;
  const hasJson = json !== undefined && json !== null;
  if (hasBody && hasJson) throw new OperationRefused('give one of the inputs body and json, not both');
  const seconds = Number(inputs['timeout'] ?? DEFAULT_SECONDS);
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
    throw new OperationRefused(`the input timeout is a number of seconds, at most ${MOST_SECONDS}`);
  }
  const saveTo = inputs['save_to'] ?? null;
  return {
    method,
    url,
    headers: { ...(hasJson ? { 'content-type': 'application/json' } : {}), ...headersOf(inputs['headers'] ?? {}) },
    body: hasBody ? Buffer.from(textOf(body)) : hasJson ? Buffer.from(JSON.stringify(json)) : null,
    expected: statuses('expected_status', inputs['expected_status']),
    retried: statuses('retry_status', inputs['retry_status']),
    timeoutMs: Math.ceil(seconds * 1_000),
    saveTo: saveTo === null || saveTo === '' ? null : textOf(saveTo),
  };
}

function headersOf(given: Json): Record<string, string> {
  if (!isJsonMap(given)) throw new OperationRefused('the input headers is a map');
  return Object.fromEntries(
    Object.entries(given).map(([name, held]) => {
      const text = textOf(held);
      // The value may be a credential: it is not quoted.
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
        throw new OperationRefused(`the header ${JSON.stringify(name)} has a name or a value that HTTP does not allow`);
      }
      if (RESERVED.has(name.toLowerCase())) throw new OperationRefused(`the header ${name} cannot be set`);
      return [name.toLowerCase(), text];
    }),
  );
}

function statuses(name: string, given: Json | undefined): number[] {
  if (given === undefined || given === null) return [];
  const list = Array.isArray(given) ? (given as readonly Json[]) : [given];
  return list.map((item) => {
    const status = Number(item);
    if (!Number.isInteger(status) || status < 100 || status > 599) {
      throw new OperationRefused(`the input ${name} is a status, or a list of them`);
    }
    return status;
  });
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : pythonText(value);
}
