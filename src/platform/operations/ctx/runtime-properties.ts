import type { OperationHost } from '../operation-dispatch.js';
import type { JsonMap } from './json-path.js';

/** Runtime properties of one instance: read when first asked for, written when they were changed. */
export class RuntimeProperties {
  private loaded: { version: number; before: string; now: JsonMap } | null = null;

  constructor(
    private readonly host: OperationHost,
    private readonly instanceId: string,
  ) {}

  /** May be changed in place. */
  async now(): Promise<JsonMap> {
    return (await this.load()).now;
  }

  async replace(properties: JsonMap): Promise<void> {
    (await this.load()).now = properties;
  }

  /** Forgets what was not written, and reads again when asked. */
  refresh(): void {
    this.loaded = null;
  }

  /** Writes what was changed. @throws ConflictError when somebody else changed them since they were read */
  async flush(): Promise<void> {
    if (this.loaded === null) return;
    const { before, now, version } = this.loaded;
    const after = JSON.stringify(now);
    if (after === before) return;
    const next = await this.host.saveRuntimeProperties(this.instanceId, { version, properties: now });
    this.loaded = { version: next, before: after, now };
  }

  private async load(): Promise<{ version: number; before: string; now: JsonMap }> {
    if (this.loaded === null) {
      const { version, properties } = await this.host.runtimeProperties(this.instanceId);
      const before = JSON.stringify(properties);
      this.loaded ??= { version, before, now: JSON.parse(before) as JsonMap };
    }
    return this.loaded;
  }
}
