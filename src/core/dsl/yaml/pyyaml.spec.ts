import { readFileSync } from 'node:fs';

import { DslError } from '../diagnostics.js';
import type { Value } from '../values.js';
import { Bytes, DateValue, Float, isDict, isList } from '../values.js';
import { loadYaml } from './load.js';
import { valueOf } from './tree.js';

interface Reading {
  readonly text: string;
  /** What Python made of it; kinds that JSON lacks are marked: `{i}` integer, `{f}` the bytes of a float, `{m}` entries. */
  readonly reads?: unknown;
  /** The error that Python raised. */
  readonly fails?: string;
}

const READINGS = JSON.parse(readFileSync(new URL('./pyyaml-readings.json', import.meta.url), 'utf8')) as Reading[];

function marked(value: Value): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return value;
  }
  if (isDict(value)) {
    return { m: [...value].map(([key, inner]) => [marked(key), marked(inner)]) };
  }
  if (isList(value)) {
    return value.map((item) => marked(item));
  }
  if (value instanceof DateValue) {
    return { d: value.iso };
  }
  if (value instanceof Bytes) {
    return { b: value.hex };
  }
  return isFloat(value) ? { f: floatBytes(value instanceof Float ? value.value : value) } : { i: String(value) };
}

function isFloat(value: number | bigint | Float): value is number | Float {
  return value instanceof Float || (typeof value === 'number' && !Number.isInteger(value));
}

function floatBytes(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Number.isNaN(value) ? 'nan' : bytes.toString('hex');
}

/** Recorded once with PyYAML 6.0.3 (`yaml.SafeLoader`, refusing text that is not ASCII). */
describe('What PyYAML made of a text', () => {
  const whole = READINGS.filter(({ fails }) => fails === undefined);
  const broken = READINGS.filter(({ fails }) => fails !== undefined);

  it('is recorded for many of both kinds', () => {
    expect(whole.length).toBeGreaterThan(200);
    expect(broken.length).toBeGreaterThan(100);
  });

  it.each(whole)('we make of it, too: $text [§2] [trap 1]', ({ text, reads }) => {
    const node = loadYaml(text, 'f.yaml');
    expect(node === null ? null : marked(valueOf(node))).toEqual(reads);
  });

  it.each(broken)('is an error for us, where it was one: $text [§2] [error -1]', ({ text }) => {
    expect(() => loadYaml(text, 'f.yaml')).toThrow(DslError);
  });
});
