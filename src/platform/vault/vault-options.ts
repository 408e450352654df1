/** What the vault takes from the settings; also the injection token. */
export abstract class VaultOptions {
  /** The key ring lies in `keys/root-keyring.json` below it. */
  abstract readonly dataDir: string;
  /**
   * The setting `root_key`: one or more root keys, separated by commas. The first wraps, the others only open what they
   * wrapped before. Null: the key ring file.
   */
  abstract readonly rootKey: string | null;
}
