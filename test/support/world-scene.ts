import type { Answer, Client } from './client.js';
import type { Random } from './random.js';
import type { Session, WorldModel } from './world-model.js';

/** A request, and what the model says of its answer. */
export interface Operation {
  readonly text: string;
  readonly send: (client: Client) => Promise<Answer>;
  readonly status: number;
  /** What a success shows, and how to read it off the answer; both made of plain values. */
  readonly seen?: unknown;
  readonly read?: (answer: Answer) => unknown;
  /** Takes over what only the answer tells, such as the id of a token. */
  readonly learn?: (answer: Answer) => void;
}

export interface Scene {
  readonly random: Random;
  readonly model: WorldModel;
  readonly session: Session;
}

export type Maker = (scene: Scene) => Operation;

export const NAMES = {
  users: ['ann', 'bea', 'cid', 'dov', 'eva', 'fin'],
  groups: ['red', 'green', 'blue'],
  tenants: ['north', 'east', 'south', 'west'],
  keys: ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'],
} as const;

export const WORLD_PASSWORD = 'a password of the World 7';
/** Carries out the change if nothing refuses it. */
export function decide(refusal: number | null, success: number, change: () => void = () => undefined): number {
  if (refusal !== null) return refusal;
  change();
  return success;
}

/** The first status that applies. */
export function firstOf(...checks: readonly (number | null | (() => number | null))[]): number | null {
  for (const check of checks) {
    const status = typeof check === 'function' ? check() : check;
    if (status !== null) return status;
  }
  return null;
}

export const when = (condition: boolean, status: number): number | null => (condition ? status : null);

/** As a rule a tenant of the pool, there or not; sometimes none. */
export function someTenant({ random, model, session }: Scene): string | null {
  const own = model.tenantsOf(session.user);
  // Half of the time where they belong: otherwise most answers would be the same refusal.
  if (own.length > 0 && random.chance(0.5)) return random.pick(own).name;
  return random.chance(0.06) ? null : random.pick(NAMES.tenants);
}

export function maybeTenant({ random }: Scene): string | null {
  return random.chance(0.25) ? random.pick(NAMES.tenants) : null;
}
