/**
 * A port: keys of the installation that are no tenant's, one for each purpose (`audit-mac`, `audit-signing`, …). 32 random
 * bytes, made at the first call, stored sealed; they stay the same when the root key changes.
 */
export abstract class PurposeKeys {
  abstract key(name: string): Promise<Buffer>;
}
