/** Milliseconds since 1970 of a wall clock's reading, as if it showed UTC. */
type WallClock = number;

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether there is an IANA time zone of that name; bare offsets (`+02:00`) are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) {
    return false;
  }
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) {
      return false;
    }
    throw error;
  }
}

/** What a wall clock in the zone shows at an instant. @throws RangeError for a zone that there is not */
export function wallClockAt(instant: number, timeZone: string): WallClock {
  if (!Number.isFinite(instant) || Math.abs(instant) > 8.64e15) {
    return Number.NaN;
  }
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const field = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
  const year = parts.get('era') === 'BC' ? 1 - field('year') : field('year');
  const date = new Date(0);
  date.setUTCFullYear(year, field('month') - 1, field('day'));
  return date.setUTCHours(field('hour'), field('minute'), field('second'));
}

/**
 * The instant at which a wall clock in the zone shows that. When clocks are set back and it is shown twice, the second
 * (standard) time is meant; when they are set forward and it is never shown, it is understood by the time before.
 */
export function instantAt(shown: WallClock, timeZone: string): number {
  const offsets = [shown - DAY_MS, shown + DAY_MS].map((near) => wallClockAt(near, timeZone) - near);
  const candidates = offsets.map((offset) => shown - offset);
  const real = candidates.filter((instant) => wallClockAt(instant, timeZone) === shown);
  return Math.max(...(real.length > 0 ? real : candidates));
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const key = timeZone.toLowerCase(); // names are the same in any case, and there are but a few hundred
  const known = formats.get(key);
  if (known !== undefined) {
    return known;
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(key, format);
  return format;
}
