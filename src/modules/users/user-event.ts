import type { AuditEvent } from '../../platform/audit/audit-sink.js';

/** The record of a change of an account (rest-api §2.9). */
export function userEvent(
  action: string,
  operation: 'create' | 'update' | 'delete',
  user: { readonly id: number; readonly username: string },
  details: Readonly<Record<string, unknown>>,
): AuditEvent {
  return {
    action,
    operation,
    outcome: 'success',
    refTable: 'users',
    refId: user.id,
    refIdentifier: { username: user.username },
    details,
  };
}
