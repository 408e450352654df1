/**
 * Reads a date that comes in as text (rest-api §1.9, "dates in"): ISO 8601 with or without zone (then UTC), a date alone,
 * a blank instead of `T`, or `YYYYMMDDHHMM±HHMM`. Null when the text is none of them or no real point in time.
 */
export function readIsoDate(text: string): Date | null {
  const compact = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})([+-])(\d{2}):?(\d{2})$/.exec(text);
  if (compact) {
    const [, year, month, day, hour, minute, sign, zoneHour, zoneMinute] = compact;
    return real(`${year}-${month}-${day}T${hour}:${minute}:00${sign}${zoneHour}:${zoneMinute}`, day);
  }
  const match = ISO.exec(text.trim());
  if (!match) return null;
  const [, date, day, time = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();
  return real(`${date}T${time}:${seconds}${fraction.slice(0, 4)}${offset}`, day);
}

const ISO = /^(\d{4}-\d{2}-(\d{2}))(?:[T ](\d{2}:\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** JavaScript rolls 30 February over into March; a date that moved was none. */
function real(text: string, day: string | undefined): Date | null {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return null;
  return new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(day) ? date : null;
}
