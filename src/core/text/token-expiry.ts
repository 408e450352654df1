import { BadParametersError } from '../errors/app-error.js';
import { printable } from '../listing/query-values.js';

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

const UNITS: Readonly<Record<string, Unit>> = {
  min: 'minute',
  minute: 'minute',
  h: 'hour',
  hour: 'hour',
  d: 'day',
  day: 'day',
  w: 'week',
  week: 'week',
  mo: 'month',
  month: 'month',
  y: 'year',
  year: 'year',
};
const MILLISECONDS = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
const LAST_YEAR = 9999;

/**
 * When a token ends (rest-api §1.9): `YYYY-MM-DD HH:MM` in UTC, or parts such as `+2h +30min`, each with its own `+`, cut
 * to the minute.
 * @throws BadParametersError when it cannot be read or is not in the future
 */
export function readTokenExpiry(text: string, now: Date): Date {
  const end = text.trim().startsWith('+') ? relative(text, now) : absolute(text);
  if (!end || Number.isNaN(end.getTime()) || end.getUTCFullYear() > LAST_YEAR) {
    throw new BadParametersError(
      `\`expiration_date\` must be \`YYYY-MM-DD HH:MM\` or parts such as \`+10h\` or \`+2d +30min\`, got \`${printable(text)}\``,
    );
  }
  if (end <= now) throw new BadParametersError('`expiration_date` lies in the past');
  return end;
}

function absolute(text: string): Date | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [, , , day] = match;
  const date = new Date(`${text.trim().replace(' ', 'T')}:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day) ? date : null;
}

function relative(text: string, now: Date): Date | null {
  const parts = [...text.matchAll(/\+\s*(\d{1,9})\s*([a-z]+)\s*/gi)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text.trimStart()) return null;
  const end = new Date(now);
  for (const [, count = '', word = ''] of parts) {
    const name = word.toLowerCase();
    const unit = UNITS[name] ?? UNITS[name.replace(/s$/, '')];
    if (unit === undefined) return null;
    add(end, Number(count), unit);
  }
  end.setUTCSeconds(0, 0);
  return end;
}

function add(date: Date, count: number, unit: Unit): void {
  switch (unit) {
    case 'month':
    case 'year': {
      const day = date.getUTCDate();
      date.setUTCMonth(date.getUTCMonth() + (unit === 'month' ? count : 12 * count));
      // 31 January and a month is the last of February, not the third of March.
      if (date.getUTCDate() !== day) date.setUTCDate(0);
      return;
    }
    case 'minute':
    case 'hour':
    case 'day':
    case 'week':
      date.setTime(date.getTime() + count * MILLISECONDS[unit]);
  }
}
