import type { AuditEvent, AuditOperation } from '../../platform/audit/audit-sink.js';
import type { SecretRow } from './secrets.repository.js';

/** What the audit log says of a secret. Never its value, nor anything of it. */
export function secretEvent(
  action: string,
  operation: AuditOperation,
  secret: Pick<SecretRow, 'storage_id' | 'tenant_id' | 'key'>,
  details?: Readonly<Record<string, unknown>>,
): AuditEvent {
  return {
    action,
    operation,
    outcome: 'success',
    refTable: 'secrets',
    refId: Number(secret.storage_id),
    refIdentifier: { tenant_id: secret.tenant_id, id: secret.key },
    ...(details === undefined ? {} : { details }),
  };
}
