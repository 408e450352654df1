/** Names the cell a sealed value belongs to; bound into the ciphertext, so only what never changes (security-design §4). */
export interface SealedCell {
  /** The owner of the key; null for values of the installation itself (password hashes, broker passwords, …). */
  readonly tenantId: number | null;
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
  /** Raised with every new value of the cell, stored beside it. */
  readonly recordVersion: number;
}

/** A port: seals values for the database and opens them again. */
export abstract class Vault {
  /** Seals `plaintext` for this cell under a fresh data key. */
  abstract seal(cell: SealedCell, plaintext: Uint8Array): Promise<Buffer>;

  /**
   * Opens what `seal` made for the same cell.
   * @throws IntegrityError when it was changed, moved, or its key is gone.
   */
  abstract open(cell: SealedCell, sealed: Uint8Array): Promise<Buffer>;
}
