import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';

export interface SiteLocation {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const MAX_LENGTH = 256;

/** `latitude,longitude` in degrees; an empty text is nowhere (rest-api §3.14). @throws BadParametersError */
export function readLocation(text: string): SiteLocation {
  if (text === '') return { latitude: null, longitude: null };
  const parts = text.length > MAX_LENGTH ? [] : text.split(',').map((part) => part.trim());
  const [latitude = Number.NaN, longitude = Number.NaN] = parts.map((part) =>
    NUMBER.test(part) ? Number(part) : Number.NaN,
  );
  if (parts.length === 2 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { latitude, longitude };
  throw new BadParametersError(
    `Invalid location \`${printable(text)}\`. The format is "latitude,longitude": from -90 to 90, and from -180 to 180`,
  );
}
