import { Bytes } from '../values.js';
import type { Scalar } from '../values.js';
import {
  DEFAULT_VALUE,
  MERGE,
  parseBoolean,
  parseFloatText,
  parseInteger,
  parseTimestamp,
  ScalarFault,
  shortened,
} from './scalars.js';

const READERS: ReadonlyMap<string, (text: string) => Scalar | typeof MERGE | typeof DEFAULT_VALUE> = new Map<
  string,
  (text: string) => Scalar | typeof MERGE | typeof DEFAULT_VALUE
>([
  ['str', (text) => text],
  ['int', parseInteger],
  ['float', parseFloatText],
  ['bool', parseBoolean],
  ['null', () => null],
  ['timestamp', parseTimestamp],
  ['binary', parseBinary],
  ['merge', () => MERGE],
  ['value', () => DEFAULT_VALUE],
]);
const CORE = 'tag:yaml.org,2002:';

/** The value of a scalar with an explicit tag (dsl.md §2). @throws ScalarFault */
export function taggedScalar(tag: string, text: string): Scalar | typeof MERGE | typeof DEFAULT_VALUE {
  const read = tag.startsWith(CORE) ? READERS.get(tag.slice(CORE.length)) : undefined;
  if (read === undefined) {
    throw new ScalarFault(`tag '${shortened(tag)}' is unknown, or not for a scalar`);
  }
  return read(text);
}

/** Whether a list of one-entry mappings becomes a list of pairs. */
export function isPairsTag(tag: string): boolean {
  return tag === `${CORE}omap` || tag === `${CORE}pairs`;
}

function parseBinary(text: string): Bytes {
  const compact = text.replaceAll(/[^A-Za-z0-9+/=]/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    throw new ScalarFault('!!binary needs Base64');
  }
  return new Bytes(Buffer.from(compact, 'base64').toString('hex'));
}
