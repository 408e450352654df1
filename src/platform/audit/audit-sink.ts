import type { Ctx } from '../context/ctx.js';

export type AuditOperation = 'create' | 'update' | 'delete' | 'read' | 'login' | 'denied' | 'other';
export type AuditOutcome = 'success' | 'failure' | 'denied';

/** What the contract's `ref_identifier` may hold (rest-api §2.9). */
interface AuditRefIdentifier {
  readonly tenant_id?: number;
  readonly id?: string | number;
  readonly storage_id?: number;
  readonly name?: string;
  readonly manager_id?: string;
  readonly username?: string;
  readonly tenant_name?: string;
}

/** One thing that happened. Never holds the value of a secret, a password, a token or a key. */
export interface AuditEvent {
  /** `secret.create`, `login.basic`, `request.denied`, … : module, dot, verb. */
  readonly action: string;
  readonly operation: AuditOperation;
  readonly outcome: AuditOutcome;
  /** The contract's table name (`secrets`, `users`, …), or null where nothing stored is meant. */
  readonly refTable: string | null;
  /** The internal number of the object, or null. */
  readonly refId: number | null;
  readonly refIdentifier?: AuditRefIdentifier;
  /** Before and after of memberships, roles and settings; the reason of a refusal. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * A port, given by modules/audit. With an open transaction in `ctx` the record is written in it, so that a change and
 * its record commit together; without one it is committed before the promise resolves (parallel callers may share a
 * commit). Rejects when it cannot be written: the caller then refuses what it was about to do (security-design §10).
 */
export abstract class AuditSink {
  abstract record(ctx: Ctx, event: AuditEvent): Promise<void>;

  /** As `record`, for things that happen together: written with few statements, however many they are. */
  abstract recordAll(ctx: Ctx, events: readonly AuditEvent[]): Promise<void>;
}
