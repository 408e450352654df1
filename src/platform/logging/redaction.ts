/** Field names whose values never reach a log. A net, not the plan: nothing should hand them over in the first place. */
const SECRET_NAMES =
  /^(.*(password|passphrase|secret_value|authorization|token|credential|private_?key|api_?key|cookie).*|value)$/i;
const MAX_DEPTH = 6;

/** Names that were judged before. Field names are the code's own and few; the limit is for what a stranger may nest. */
const judged = new Map<string, boolean>();
const JUDGED_AT_MOST = 1_000;

/** Log fields with errors spelled out and secret-looking fields masked: a copy, where there is anything to change. */
export function redacted(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isHarmless(fields) ? fields : (copy(fields, 0) as Record<string, unknown>);
}

/** Flat, of plain values, and no name to mask: most lines are, and need no copy. */
function isHarmless(fields: Readonly<Record<string, unknown>>): boolean {
  for (const name in fields) {
    const value = fields[name];
    if ((typeof value === 'object' && value !== null) || typeof value === 'bigint' || looksSecret(name)) return false;
  }
  return true;
}

function looksSecret(name: string): boolean {
  let isSecret = judged.get(name);
  if (isSecret === undefined) {
    isSecret = SECRET_NAMES.test(name);
    if (judged.size < JUDGED_AT_MOST) judged.set(name, isSecret);
  }
  return isSecret;
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
      looksSecret(name) && child !== null && child !== undefined ? '***' : copy(child, depth + 1),
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
