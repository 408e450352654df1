import type { Key, Value } from '../values.js';
import { Bytes, DateValue, Float, isDict, isList } from '../values.js';

/** Python's `str()` of a value: text and dates as they are, all else as `pythonRepr`. */
export function pythonStr(value: Value): string {
  if (typeof value === 'string') {
    return value;
  }
  return value instanceof DateValue ? value.iso.replace('T', ' ') : pythonRepr(value);
}

/** Python's `repr()` of a value: `'x'`, `1.0`, `True`, `None`, `[1, 'x']`, `{'a': 1}` (dsl.md §14.2, `concat`). */
export function pythonRepr(value: Value): string {
  if (isList(value)) {
    return `[${value.map((item) => pythonRepr(item)).join(', ')}]`;
  }
  if (isDict(value)) {
    return `{${[...value].map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`).join(', ')}}`;
  }
  return scalarRepr(value);
}

function scalarRepr(value: Key): string {
  if (value === null) {
    return 'None';
  }
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'string':
      return textRepr(value);
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isInteger(value) ? BigInt(value).toString() : floatRepr(value);
    default:
      return value instanceof Float
        ? floatRepr(value.value)
        : value instanceof DateValue
          ? dateRepr(value.iso)
          : bytesRepr(value);
  }
}

/**
 * Python's shortest text of a float: an exponent below 1e-4 and from 1e16 on, else digits with a point. JavaScript
 * finds the same digits and only writes them otherwise.
 */
function floatRepr(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const tail = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${tail}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) {
    return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  }
  const whole = digits.padEnd(exponent + 1, '0');
  return `${sign}${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1) || '0'}`;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
/** What Python does not print as it is: controls, unassigned and private characters, separators but the space. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    if (character === quote) {
      out += `\\${character}`;
    } else if (NAMED.has(character)) {
      out += NAMED.get(character) ?? '';
    } else {
      out += UNPRINTABLE.test(character) ? escaped(character.codePointAt(0) ?? 0) : character;
    }
  }
  return out + quote;
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code <= 0xff
    ? `\\x${hex.padStart(2, '0')}`
    : code <= 0xffff
      ? `\\u${hex.padStart(4, '0')}`
      : `\\U${hex.padStart(8, '0')}`;
}

function bytesRepr(value: Bytes): string {
  const bytes = Buffer.from(value.hex, 'hex');
  const quote = bytes.includes("'") && !bytes.includes('"') ? '"' : "'";
  let out = `b${quote}`;
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === quote) {
      out += `\\${character}`;
    } else if (NAMED.has(character)) {
      out += NAMED.get(character) ?? '';
    } else {
      out += byte < 0x20 || byte > 0x7e ? escaped(byte) : character;
    }
  }
  return out + quote;
}

const DATE = /^(\d+)-(\d+)-(\d+)(?:T(\d+):(\d+):(\d+)(?:\.(\d+))?(?:([+-])(\d+):(\d+))?)?$/;

function dateRepr(iso: string): string {
  const parts = DATE.exec(iso);
  if (parts === null) {
    return textRepr(iso);
  }
  const [, year, month, day, hour, minute, second, fraction, sign, zoneHours, zoneMinutes] = parts;
  const numbers = [year, month, day].map(Number);
  if (hour === undefined) {
    return `datetime.date(${numbers.join(', ')})`;
  }
  const micros = Number((fraction ?? '').padEnd(6, '0'));
  const time = [Number(hour), Number(minute), ...(Number(second) > 0 || micros > 0 ? [Number(second)] : [])];
  const all = [...numbers, ...time, ...(micros > 0 ? [micros] : [])].map(String);
  if (sign !== undefined) {
    all.push(`tzinfo=${zoneRepr((sign === '-' ? -60 : 60) * (Number(zoneHours) * 60 + Number(zoneMinutes)))}`);
  }
  return `datetime.datetime(${all.join(', ')})`;
}

/** Python keeps an offset as days and seconds of which only the days may be negative. */
function zoneRepr(seconds: number): string {
  if (seconds === 0) {
    return 'datetime.timezone.utc';
  }
  const days = seconds < 0 ? 'days=-1, ' : '';
  return `datetime.timezone(datetime.timedelta(${days}seconds=${String(seconds < 0 ? seconds + 86_400 : seconds)}))`;
}
