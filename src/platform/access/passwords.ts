/** A port, given by modules/auth: the rules for passwords, and their hashes sealed for the database (security-design §2). */
export abstract class Passwords {
  /** @throws BadParametersError when the password is too short, too long or on the list of common ones */
  abstract assertAcceptable(password: string): void;

  /** Hashes and seals a password for `user_account.password_sealed`, bound to the user and the version. Slow: outside of transactions. */
  abstract hash(userId: number, passwordVersion: number, password: string): Promise<Buffer>;

  /**
   * Seals a hash that was made elsewhere (`is_prehashed`).
   * @throws BadParametersError when its format is not one that can be checked
   */
  abstract sealPrehashed(userId: number, passwordVersion: number, encoded: string): Promise<Buffer>;

  /** The encoded hash inside, for holders of `get_password_hash`. */
  abstract openHash(userId: number, passwordVersion: number, sealed: Buffer): Promise<string>;
}
