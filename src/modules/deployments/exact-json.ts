/** Numbers that JavaScript would print otherwise than they are stored: `1.0`, large integers, exponents. */
const UNUSUAL_NUMBER = /[-\d.]\d{15}|\d\.\d*0\b|\d[eE]|-0\b/;

/**
 * What a stored JSON text says, for an answer: printed again it is what was stored, whatever its numbers look like.
 * Numbers are plain ones as a rule, others print themselves (`JSON.rawJSON`).
 */
export function exactJson(text: string): unknown {
  if (!UNUSUAL_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
    return RawJson.rawJSON(source);
  });
}

const RawJson = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
