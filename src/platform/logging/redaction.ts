/** Field names whose values never reach a log. A net, not the plan: nothing should hand them over in the first place. */
const SECRET_NAMES =
  /^(.*(password|passphrase|secret_value|authorization|token|credential|private_?key|api_?key|cookie).*|value)$/i;
const MAX_DEPTH = 6;

/** A copy of log fields with errors spelled out and secret-looking fields masked. */
export function redacted(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return copy(fields, 0) as Record<string, unknown>;
}

function copy(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describe(value, depth);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      SECRET_NAMES.test(name) && child !== null && child !== undefined ? '***' : copy(child, depth + 1),
    ]),
  );
}

/** Driver errors carry the statement and its parameters; only what names the fault is kept. */
function describe(error: Error, depth: number): Record<string, unknown> {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const constraint =
    'constraint' in error && typeof error.constraint === 'string' ? { constraint: error.constraint } : {};
  const cause = error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: copy(error.cause, depth + 1) };
  return { name: error.name, message: error.message, ...code, ...constraint, stack: error.stack, ...cause };
}
