import { Injectable } from '@nestjs/common';
import { isSystemAdministrator, type Actor } from '../../core/access/actor.js';
import { BadParametersError, ConflictError, UnauthorizedError } from '../../core/errors/app-error.js';
import { isStorable } from '../../core/text/storable.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import { Vault } from '../../platform/vault/vault.js';
import { entryKey } from './setting-catalogue.js';
import { MASK } from './setting-reader.js';
import { converted, isForAdministrators, schemaProblem } from './setting-rules.js';
import type { PutSetting } from './settings.dto.js';
import { settingCell, SettingsRepository, type StoredEntry } from './settings.repository.js';

/** Judges and stores a new value. */
@Injectable()
export class SettingWriter {
  constructor(
    private readonly entries: SettingsRepository,
    private readonly settings: RuntimeSettings,
    private readonly unitOfWork: UnitOfWork,
    private readonly vault: Vault,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores the value with its record in the audit log, and has this process know it when the promise resolves. False
   * when somebody else changed the entry since it was read.
   * @throws ConflictError when the entry is not editable, or the value does not fit its schema; UnauthorizedError when it
   * is a system administrator's to change.
   */
  async write(ctx: Ctx, entry: StoredEntry, input: PutSetting): Promise<boolean> {
    assertMayChange(ctx.actor, entry, input.force === true);
    const value = judged(entry, input.value);
    // Sealed for the version that it will have: the row then refuses it if another version came first.
    const sealed =
      entry.admin_only && value !== null
        ? await this.vault.seal(settingCell(entry, entry.value_version + 1), Buffer.from(JSON.stringify(value)))
        : null;
    const version = await this.unitOfWork.run(ctx, async (ctx) => {
      const next = {
        value: entry.admin_only ? null : value,
        sealed,
        updatedAt: this.clock.now(),
        updaterId: ctx.actor.userId,
      };
      if (!(await this.entries.store(ctx, entry, next))) return null;
      await this.audit.record(ctx, {
        action: 'config.update',
        operation: 'update',
        outcome: 'success',
        refTable: 'config',
        refId: entry.id,
        refIdentifier: { id: entry.id, name: entryKey(entry) },
        details: entry.admin_only ? { before: MASK, after: MASK } : { before: entry.value, after: value },
      });
      return this.entries.raiseVersion(ctx);
    });
    if (version === null) return false;
    await this.settings.refresh(version);
    return true;
  }
}

function assertMayChange(actor: Actor, entry: StoredEntry, isForced: boolean): void {
  const name = entryKey(entry);
  if (!entry.is_editable && !isForced) throw new ConflictError(`The configuration entry \`${name}\` is not editable`);
  // What is not editable comes from the deployment, for all tenants: forcing it is no tenant's business.
  const isReserved = entry.admin_only || !entry.is_editable || isForAdministrators(entry);
  if (isReserved && !isSystemAdministrator(actor)) {
    throw new UnauthorizedError(`only a system administrator may change the configuration entry ${name}`);
  }
}

function judged(entry: StoredEntry, raw: unknown): unknown {
  const value = converted(entry.schema, raw);
  if (!isStorable(value)) throw new BadParametersError('A text in `value` contains a character that cannot be stored');
  const problem = schemaProblem(entry.schema, value);
  if (problem !== null)
    throw new ConflictError(`Error validating the configuration entry \`${entryKey(entry)}\`: the value ${problem}`);
  return value;
}
