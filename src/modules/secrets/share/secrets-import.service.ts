import { Injectable } from '@nestjs/common';
import { setImmediate as otherWork } from 'node:timers/promises';
import { EnvelopeError } from '../../../core/envelope/envelope-error.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantRef } from '../../../platform/access/directory.js';
import { TenantRights, type RightsOfCaller } from '../../../platform/access/tenant-rights.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { ExportPassphrases, type ExportOpener } from '../../../platform/vault/export-passphrase.js';
import { SecretsRepository } from '../secrets.repository.js';
import { isEntry, judgeEntry, type EntryFaults, type EntrySurroundings, type ImportEntry } from './import-entry.js';
import { ImportWriter } from './import-writer.js';
import type { ImportSecrets } from './share.dto.js';
import type { OpenedEntry } from './tenant-import.js';

/** The answer of an import (rest-api §2.6). */
export interface ImportResult {
  readonly colliding_secrets: Readonly<Record<string, readonly string[]>>;
  readonly secrets_errors: Readonly<Record<string, EntryFaults>>;
}

/** After this many entries other requests get their turn. */
const TURN = 200;

/**
 * Imports secrets that this manager or the original exported. Entries are judged one by one; those of one tenant are
 * written in one transaction, so a tenant gets all of its good entries or, on a failure, none.
 */
@Injectable()
export class SecretsImportService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly secrets: SecretsRepository,
    private readonly writer: ImportWriter,
    private readonly passphrases: ExportPassphrases,
    private readonly rights: TenantRights,
  ) {}

  /** @throws BadParametersError for a map to tenants that do not exist. */
  async import(ctx: Ctx, input: ImportSecrets): Promise<ImportResult> {
    const rights = await this.rights.of(ctx);
    const map = readTenantMap(input.tenant_map ?? {}, rights);
    const faults = new Map<number, EntryFaults>();
    const entries = await this.judge(ctx, input, { map, rights }, faults);
    const collisions = new Map<string, readonly string[]>();
    for (const [tenant, own] of byTenant(entries)) {
      const plan = await this.writer.write(rights.ctxIn(tenant), own, input.override_collisions);
      if (plan.collisions.size > 0) collisions.set(tenant.name, [...plan.collisions]);
      for (const [index, fault] of plan.faults) faults.set(index, fault);
    }
    return { colliding_secrets: Object.fromEntries(collisions), secrets_errors: Object.fromEntries(faults) };
  }

  private async judge(
    ctx: Ctx,
    input: ImportSecrets,
    { map, rights }: { readonly map: ReadonlyMap<string, TenantRef>; readonly rights: RightsOfCaller },
    faults: Map<number, EntryFaults>,
  ): Promise<OpenedEntry[]> {
    const around: EntrySurroundings = {
      hasPassphrase: Boolean(input.passphrase),
      destination: (name) => map.get(name) ?? rights.tenant(name),
      permissionsIn: (tenantId) => rights.permissionsIn(tenantId),
      systemPermissions: ctx.actor.systemPermissions,
    };
    const opener = input.passphrase ? this.passphrases.opener(input.passphrase) : null;
    const opened: ImportEntry[] = [];
    for (const [index, sent] of input.secrets_list.entries()) {
      const judged = judgeEntry(sent, index, around);
      const result = isEntry(judged) ? await decrypted(judged, opener) : judged;
      if (isEntry(result)) opened.push(result);
      else faults.set(index, result);
      if (index % TURN === TURN - 1) await otherWork();
    }
    return this.withOwners(ctx, opened, faults);
  }

  /** One query for all owners that are named. */
  private async withOwners(
    ctx: Ctx,
    entries: readonly ImportEntry[],
    faults: Map<number, EntryFaults>,
  ): Promise<OpenedEntry[]> {
    const names = [...new Set(entries.flatMap(({ creator }) => creator ?? []))];
    const ids =
      names.length === 0
        ? new Map<string, number>()
        : await this.unitOfWork.run(ctx, (ctx) => this.secrets.userIds(ctx, names));
    return entries.flatMap((entry) => {
      const ownerId = entry.creator === null ? ctx.actor.userId : ids.get(entry.creator);
      if (ownerId !== undefined) return { ...entry, ownerId };
      faults.set(entry.index, { creator_valid: 'The owner of the secret does not exist' });
      return [];
    });
  }
}

/** @throws BadParametersError naming the destination that does not exist. */
function readTenantMap(map: Readonly<Record<string, unknown>>, rights: RightsOfCaller): ReadonlyMap<string, TenantRef> {
  return new Map(
    Object.entries(map).map(([from, to]) => {
      const tenant = typeof to === 'string' ? rights.tenant(to) : null;
      if (!tenant)
        throw new BadParametersError(`\`tenant_map\` names a tenant that was not found: \`${printable(String(to))}\``);
      return [from, tenant];
    }),
  );
}

async function decrypted(entry: ImportEntry, opener: ExportOpener | null): Promise<ImportEntry | EntryFaults> {
  if (!entry.isEncrypted || !opener) return entry;
  try {
    const value = await opener.open(entry.value);
    if (value === '') return { 'missing secret fields': ['value'] };
    return { ...entry, value, options: entry.options === null ? null : await openedOptions(entry.options, opener) };
  } catch (error) {
    if (!(error instanceof EnvelopeError) && !(error instanceof SyntaxError)) throw error;
    return { encrypted: 'The secret cannot be decrypted with this passphrase' };
  }
}

/** @throws SyntaxError when they are no JSON object */
async function openedOptions(options: string, opener: ExportOpener): Promise<string> {
  const text = await opener.open(options);
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('not a dictionary');
  return text;
}

function byTenant(entries: readonly OpenedEntry[]): ReadonlyMap<TenantRef, readonly OpenedEntry[]> {
  // References to the same tenant are the same object: all come from one look at the directory.
  return Map.groupBy(entries, ({ tenant }) => tenant);
}
