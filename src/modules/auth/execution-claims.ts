import type { TokenClaims } from '../../core/access/token-format.js';

/** What the token of an execution is bound to: editing any of it in the database kills the token. */
export function executionClaims(of: {
  readonly lookup: Uint8Array;
  readonly executionStorageId: string;
  readonly tenantId: number;
  readonly userId: number;
  readonly tokenEpoch: number;
  /** Rises with every resume of the execution. */
  readonly run: number;
}): TokenClaims {
  return {
    id: Buffer.from(of.lookup).toString('hex'),
    kind: 'execution',
    userId: of.userId,
    tokenEpoch: of.tokenEpoch,
    tenantId: of.tenantId,
    executionId: `${of.executionStorageId}:${of.run}`,
    expiresAt: null,
  };
}
