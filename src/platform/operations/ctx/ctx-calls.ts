import type { Json } from '../../../core/graph/task.js';
import { jsonAnswer, type CtxAnswer } from './ctx-server.js';
import type { MutableJson } from './json-path.js';
import { StopOperation } from './outcome.js';
import { pythonText } from './python-text.js';
import { resolve, type CtxNode } from './resolve.js';

/** The call of a program, as the original's proxy has it: status 200, whatever comes of it (script-plugin §4). */
export async function answerCall(root: CtxNode, body: Buffer): Promise<CtxAnswer> {
  try {
    const { args } = JSON.parse(body.toString('utf8')) as { readonly args?: unknown };
    if (!Array.isArray(args)) throw new Error('a call is of the form {"args": [...]}');
    return jsonAnswer({ type: 'result', payload: await resolve(root, args as MutableJson[]) });
  } catch (error) {
    if (error instanceof StopOperation) {
      return jsonAnswer({ type: 'stop_operation', payload: { message: error.message } });
    }
    const { message, name } = asError(error);
    return jsonAnswer({
      type: 'error',
      payload: { type: name === 'Error' ? 'RuntimeError' : name, message, traceback: `${name}: ${message}` },
    });
  }
}

/** The call of the command: words ended by NUL; answers with what is to be printed. */
export async function answerCommand(root: CtxNode, body: Buffer): Promise<CtxAnswer> {
  try {
    const words = body.toString('utf8').split('\0').slice(0, -1);
    const { args, isJson } = parseWords(words);
    if (args.length === 0)
      throw new Error('usage: ctx [-t SECONDS] [-j] [--json-arg-prefix @] [--socket-url URL] ARG...');
    return { body: printed(await resolve(root, args), isJson), exit: 0 };
  } catch (error) {
    return { body: `${asError(error).message}\n`, exit: 1 };
  }
}

function parseWords(words: readonly string[]): { readonly args: MutableJson[]; readonly isJson: boolean } {
  const plain: string[] = [];
  let prefix = '@';
  let isJson = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const isBefore = plain.length === 0;
    if (word === '-j' || word === '--json-output') isJson = true;
    else if (isBefore && /^(-t|--timeout|--socket-url)$/.test(word)) at += 1;
    else if (isBefore && /^--(timeout|socket-url)=/.test(word)) continue;
    else if (isBefore && word === '--json-arg-prefix') prefix = words[(at += 1)] ?? '@';
    else if (isBefore && word.startsWith('--json-arg-prefix=')) prefix = word.slice('--json-arg-prefix='.length);
    else if (word === '--') {
      plain.push(...words.slice(at + 1));
      break;
    } else plain.push(word);
  }
  return { isJson, args: plain.map((word) => argument(word, prefix)) };
}

function argument(word: string, prefix: string): MutableJson {
  if (prefix === '' || !word.startsWith(prefix)) return word;
  try {
    return JSON.parse(word.slice(prefix.length)) as MutableJson;
  } catch {
    throw new Error(`the argument is not valid JSON after ${prefix}`);
  }
}

/** Without `-j`, what Python takes for false prints nothing. */
function printed(value: Json, isJson: boolean): string {
  if (isJson) return JSON.stringify(value);
  if (typeof value === 'string') return value;
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value === null || value === false || value === 0 || isEmpty ? '' : pythonText(value);
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
