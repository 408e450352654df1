/** A JSON object. Keys come from strangers (`__proto__`, `constructor`), so they are only ever asked for as own ones. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A text that is equal for equal JSON values, whatever the order of their keys. `count` is called for every value inside,
 * and may throw to stop.
 */
export function canonicalJson(value: unknown, count: () => void): string {
  count();
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, count)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key], count)}`);
  return `{${entries.join(',')}}`;
}

/** Exact for every pair of JSON numbers, where a division of doubles would say that 19.99 is no multiple of 0.01. */
export function isMultipleOf(value: number, divisor: number): boolean {
  const [dividend, unit] = [decimal(value), decimal(divisor)];
  const exponent = Math.min(dividend.exponent, unit.exponent);
  return scaled(dividend, exponent) % scaled(unit, exponent) === 0n;
}

interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

function decimal(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);
