import pg from 'pg';

/**
 * Points in time leave the database as the text that goes on the wire, `YYYY-MM-DDTHH:MM:SS.mmmZ` (rest-api §1.9): lists
 * of thousands of rows then make no Date objects. Sessions run in UTC and columns have three decimals, so PostgreSQL's
 * `2026-11-22 01:05:05.29+00` only needs padding.
 */
export function installTypeParsers(): void {
  pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, wireDate);
}

function wireDate(text: string): string {
  if (!text.endsWith('+00') || text.length > 29) return new Date(text).toISOString(); // years beyond 9999, other zones
  const seconds = text.slice(0, 19).replace(' ', 'T');
  const fraction = text.length > 22 ? text.slice(20, -3) : '';
  return `${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
