/**
 * A port, given by modules/settings: the editable configuration of rest-api §2.8 (`GET /config`, `PUT /config/{name}`).
 * Reads are synchronous: a replica learns of a change with the next request's `settings_version`, or within seconds.
 */
export abstract class RuntimeSettings {
  /** The number of an integer or number entry of scope `rest`. @throws Error for an unknown name. */
  abstract integer(name: string): number;
  /** The same for scope `workflow`. */
  abstract ofWorkflows(name: string): number;
  abstract text(name: string): string | null;
  abstract flag(name: string): boolean;
  /** The value of an entry of any shape; whoever reads it judges it. */
  abstract json(name: string): unknown;
  /** Called by whoever reads `system_state`: loads the entries again when another replica changed them. */
  abstract refresh(settingsVersion: string): Promise<void>;
}
