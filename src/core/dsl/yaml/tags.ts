import type { Scalar } from '../values.js';
import { Bytes } from '../values.js';
import { shortened } from './fault.js';
import { DEFAULT_VALUE, MERGE, Misfit, parseBoolean, parseFloatText, parseInteger, parseTimestamp } from './scalars.js';

const CORE = 'tag:yaml.org,2002:';

type Reader = (text: string) => Scalar | Misfit | typeof MERGE | typeof DEFAULT_VALUE;

const READERS: ReadonlyMap<string | undefined, Reader> = new Map<string | undefined, Reader>([
  [undefined, (text) => text],
  [`${CORE}str`, (text) => text],
  [`${CORE}int`, parseInteger],
  [`${CORE}float`, parseFloatText],
  [`${CORE}bool`, parseBoolean],
  [`${CORE}null`, () => null],
  [`${CORE}timestamp`, parseTimestamp],
  [`${CORE}binary`, parseBinary],
  [`${CORE}merge`, () => MERGE],
  [`${CORE}value`, () => DEFAULT_VALUE],
]);

/** The value of a scalar by its tag; without one, it is text. */
export function taggedScalar(tag: string | undefined, text: string): ReturnType<Reader> {
  const read = READERS.get(tag);
  if (read === undefined) {
    return new Misfit(`tag '${shortened(tag ?? '')}' is unknown, or not for a scalar`);
  }
  return read(text);
}

export function isMappingTag(tag: string | undefined): boolean {
  return tag === undefined || tag === '!' || tag === `${CORE}map` || isSetTag(tag);
}

export function isSetTag(tag: string | undefined): boolean {
  return tag === `${CORE}set`;
}

export function isSequenceTag(tag: string | undefined): boolean {
  return tag === undefined || tag === '!' || tag === `${CORE}seq`;
}

/** Of lists of one-entry mappings that become lists of pairs. */
export function isPairsTag(tag: string | undefined): boolean {
  return tag === `${CORE}omap` || tag === `${CORE}pairs`;
}

/** Python skips what is no Base64, and wants the padding. */
function parseBinary(text: string): Bytes | Misfit {
  const compact = text.replaceAll(/[^A-Za-z0-9+/=]/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    return new Misfit('!!binary needs Base64');
  }
  return new Bytes(Buffer.from(compact, 'base64').toString('hex'));
}
