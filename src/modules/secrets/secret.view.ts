import type { Visibility } from '../../core/access/visibility.js';
import type { SecretRow } from './secrets.repository.js';

/** A secret on the wire (rest-api §2.6): COMMON without `id`, and its own fields. */
export interface SecretView {
  readonly key: string;
  readonly value: unknown;
  readonly created_at: string;
  readonly updated_at: string;
  readonly visibility: Visibility;
  readonly resource_availability: Visibility;
  readonly private_resource: boolean;
  readonly tenant_name: string;
  readonly created_by: string;
  readonly is_hidden_value: boolean;
  readonly schema: unknown;
  readonly provider_name: string | null;
  readonly provider_options: unknown;
}

/** What was opened of a secret; what was not is absent. */
export interface OpenedParts {
  readonly value?: unknown;
  readonly providerOptions?: unknown;
}

/** Answers to changes open nothing: the value is `""`. The original answered its ciphertext there. */
export function toSecretView(secret: SecretRow, opened: OpenedParts = {}): SecretView {
  return {
    key: secret.key,
    value: opened.value === undefined ? '' : opened.value,
    created_at: secret.created_at,
    updated_at: secret.updated_at,
    visibility: secret.visibility,
    resource_availability: secret.visibility,
    private_resource: secret.visibility === 'private',
    tenant_name: secret.tenant_name,
    created_by: secret.created_by,
    is_hidden_value: secret.is_hidden_value,
    schema: secret.schema,
    provider_name: secret.provider_name,
    provider_options: opened.providerOptions ?? null,
  };
}
