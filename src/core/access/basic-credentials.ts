export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** Longer ones are nobody's; hashing them would cost us more than them. */
const MAX_HEADER_LENGTH = 8 * 1024;

/**
 * Reads `Authorization: Basic` (RFC 7617, UTF-8). Null when it is none, is malformed, or the user name does not start
 * with an ASCII letter: it is then ignored (rest-api §1.4).
 */
export function readBasic(header: string | undefined): BasicCredentials | null {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return null;
  const match = /^basic\s+([A-Za-z0-9+/]+={0,2})\s*$/i.exec(header);
  if (!match?.[1]) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(match[1], 'base64'));
  } catch {
    return null;
  }
  const colon = text.indexOf(':');
  if (colon === -1 || !/^[A-Za-z]/.test(text) || text.includes('\0')) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
