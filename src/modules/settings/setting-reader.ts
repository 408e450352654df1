import { Injectable } from '@nestjs/common';
import { isSystemAdministrator, type Actor } from '../../core/access/actor.js';
import { IntegrityError } from '../../core/errors/app-error.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { Log } from '../../platform/logging/log.js';
import { Vault } from '../../platform/vault/vault.js';
import { DeploymentFacts, effectiveValue } from './deployment-facts.js';
import { entryKey } from './setting-catalogue.js';
import type { SettingView } from './settings.dto.js';
import { settingCell, type StoredEntry } from './settings.repository.js';

/** What stands for a value that the caller may not see. */
export const MASK = '********';

/** An answer, and whether it holds a value that was sealed: then nobody may keep a copy. */
export interface Shown<T> {
  readonly body: T;
  readonly isSecret: boolean;
}

/** Shows entries to a caller: sealed values to system administrators, a mask to others. */
@Injectable()
export class SettingReader {
  constructor(
    private readonly facts: DeploymentFacts,
    private readonly vault: Vault,
    private readonly audit: AuditSink,
    private readonly log: Log,
  ) {}

  /** A value that does not open is masked here, so that one broken entry does not hide all others. */
  async show(ctx: Ctx, entries: readonly StoredEntry[]): Promise<Shown<SettingView[]>> {
    const opened = new Map<number, unknown>();
    for (const entry of this.openable(ctx.actor, entries)) {
      try {
        opened.set(entry.id, await this.open(entry));
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        this.log.error('a sealed setting does not open', { setting: entryKey(entry), error });
        opened.set(entry.id, MASK);
      }
    }
    await this.recordReading(ctx, entries, opened);
    return { isSecret: opened.size > 0, body: entries.map((entry) => this.view(ctx.actor, entry, opened)) };
  }

  /** @throws IntegrityError */
  async showOne(ctx: Ctx, entry: StoredEntry): Promise<Shown<SettingView>> {
    const opened = new Map<number, unknown>();
    for (const { id } of this.openable(ctx.actor, [entry])) opened.set(id, await this.open(entry));
    await this.recordReading(ctx, [entry], opened);
    return { isSecret: opened.size > 0, body: this.view(ctx.actor, entry, opened) };
  }

  private openable(actor: Actor, entries: readonly StoredEntry[]): readonly StoredEntry[] {
    return isSystemAdministrator(actor) ? entries.filter((entry) => entry.value_sealed !== null) : [];
  }

  private async open(entry: StoredEntry): Promise<unknown> {
    if (entry.value_sealed === null) return null;
    const plaintext = await this.vault.open(settingCell(entry, entry.value_version), entry.value_sealed);
    return JSON.parse(plaintext.toString('utf8')) as unknown;
  }

  /** Before the values leave, and if it cannot be recorded they do not (security-design §6, §10). */
  private async recordReading(
    ctx: Ctx,
    entries: readonly StoredEntry[],
    opened: ReadonlyMap<number, unknown>,
  ): Promise<void> {
    if (opened.size === 0) return;
    await this.audit.record(ctx, {
      action: 'config.read_secret',
      operation: 'read',
      outcome: 'success',
      refTable: 'config',
      refId: null,
      details: { entries: entries.filter((entry) => opened.has(entry.id)).map(entryKey) },
    });
  }

  private view(actor: Actor, entry: StoredEntry, opened: ReadonlyMap<number, unknown>): SettingView {
    return {
      name: entry.name,
      value: entry.admin_only ? this.secretOf(actor, entry, opened) : effectiveValue(this.facts, entry),
      schema: entry.schema,
      is_editable: entry.is_editable,
      admin_only: entry.admin_only,
      updated_at: entry.updated_at,
      scope: entry.scope,
      updater_name: entry.updater_name,
    };
  }

  private secretOf(actor: Actor, entry: StoredEntry, opened: ReadonlyMap<number, unknown>): unknown {
    return isSystemAdministrator(actor) ? (opened.get(entry.id) ?? null) : MASK;
  }
}
