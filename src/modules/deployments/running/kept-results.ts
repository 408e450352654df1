import type { Json } from '../../../core/graph/task.js';
import type { KeptResult } from './deployment-runtime.port.js';

type Properties = Readonly<Record<string, Json>>;

/** The instance whose system properties hold a result: of a target's operation that is the target. */
export function keeperOf({ instance, keeps, relationship }: KeptResult): string {
  return keeps === 'relationship-drift' && relationship?.side === 'target' ? relationship.target : instance;
}

/** The system properties with one more result in them (orchestration §6, §10, §11). */
export function withResult(before: Properties, result: KeptResult): Properties {
  const { keeps, ok, executionId } = result;
  const timestamp = result.at.toISOString();
  const check = { ok, timestamp, task: result.task, result: result.result };
  switch (keeps) {
    case 'status':
      return { ...before, previous_status: before['status'] ?? null, status: check };
    case 'drift':
      return { ...before, configuration_drift: check };
    case 'relationship-drift':
      return withRelationship(before, result, check);
    case 'heal':
      return ok
        ? { ...without(before, 'heal_failed'), status: { ...dictionary(before['status']), ok: true, healed: true } }
        : { ...before, heal_failed: executionId };
    case 'update':
      return ok ? withoutDrift(before) : { ...before, update_failed: executionId };
  }
}

function withRelationship(before: Properties, { instance, relationship }: KeptResult, check: Json): Properties {
  if (relationship === undefined) return before;
  const isSource = relationship.side === 'source';
  const key = isSource ? 'source_relationships_configuration_drift' : 'target_relationships_configuration_drift';
  const other = isSource ? relationship.target : instance;
  return { ...before, [key]: { ...dictionary(before[key]), [other]: check } };
}

function withoutDrift(before: Properties): Properties {
  return {
    ...without(before, 'update_failed'),
    configuration_drift: null,
    source_relationships_configuration_drift: null,
    target_relationships_configuration_drift: null,
  };
}

function without(before: Properties, key: string): Properties {
  return Object.fromEntries(Object.entries(before).filter(([name]) => name !== key));
}

function dictionary(value: Json | undefined): Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}
