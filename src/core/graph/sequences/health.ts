import type { Json } from '../task.js';
import { isTruthy } from '../truthy.js';

/** What a check of the configuration found: `ok` is that it could be made. */
interface DriftCheck {
  readonly ok: boolean;
  readonly drifted: boolean;
}

/** What operations left in the system properties of an instance (orchestration §6). */
export interface Health {
  /** Of the last status check. */
  readonly ok: boolean;
  /** Whether there was one: what became `started` is ok without a check. */
  readonly hasTask: boolean;
  /** Null: never checked. */
  readonly drift: DriftCheck | null;
  /** Of relationships, by target and side: the source side of its own, and of that target's. */
  readonly sourceDrift: ReadonlyMap<string, DriftCheck>;
  /** Of relationships to it, by source. */
  readonly targetDrift: ReadonlyMap<string, DriftCheck>;
  /** The execution whose healing or updating of it failed. */
  readonly healFailed: string | null;
  readonly updateFailed: string | null;
}

type Dictionary = Readonly<Record<string, Json>>;

export function readHealth(properties: Dictionary): Health {
  const status = dictionary(properties['status']);
  return {
    ok: status['ok'] === true,
    hasTask: typeof status['task'] === 'string',
    drift: driftCheck(properties['configuration_drift']),
    sourceDrift: driftChecks(properties['source_relationships_configuration_drift']),
    targetDrift: driftChecks(properties['target_relationships_configuration_drift']),
    healFailed: text(properties['heal_failed']),
    updateFailed: text(properties['update_failed']),
  };
}

function driftChecks(value: Json | undefined): ReadonlyMap<string, DriftCheck> {
  const checks = new Map<string, DriftCheck>();
  for (const [id, each] of Object.entries(dictionary(value))) {
    const check = driftCheck(each);
    if (check !== null) {
      checks.set(id, check);
    }
  }
  return checks;
}

function driftCheck(value: Json | undefined): DriftCheck | null {
  if (!isDictionary(value)) {
    return null;
  }
  return { ok: value['ok'] === true, drifted: isTruthy(value['result']) };
}

function dictionary(value: Json | undefined): Dictionary {
  return isDictionary(value) ? value : {};
}

function isDictionary(value: Json | undefined): value is Dictionary {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
