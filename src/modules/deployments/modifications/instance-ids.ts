import { randomInt } from 'node:crypto';
import type { IdSource } from '../../../core/dsl/instances/topology.js';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Six random characters (plan.md §3). */
export const randomInstanceIds: IdSource = () =>
  Array.from({ length: 6 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
