import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseListing, type Listing } from '../../../core/listing/listing.js';
import { firstOf, type QueryValues } from '../../../core/listing/query-values.js';
import { TenantRights } from '../../../platform/access/tenant-rights.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { JsonStream } from '../../../platform/http/json-stream.js';
import { ExportPassphrases, type ExportSealer } from '../../../platform/vault/export-passphrase.js';
import { secretEvent } from '../secret-audit.js';
import { SECRET_LIST } from '../secret-list.source.js';
import { SecretValues } from '../secret-values.js';
import type { SecretRow } from '../secrets.repository.js';
import { SecretShareRepository, type ExportPosition } from './secret-share.repository.js';

/** One exported secret (rest-api §2.6). */
export type ExportedSecret = Readonly<Record<string, unknown>>;

const FIELDS = [
  'key',
  'value',
  'visibility',
  'tenant_name',
  'is_hidden_value',
  'encrypted',
  'provider',
  'provider_options',
] as const;
const METADATA = ['creator', 'created_at', 'updated_at'] as const;

interface ExportRequest {
  readonly listing: Listing;
  readonly sealer: ExportSealer | null;
  readonly fields: ReadonlySet<string>;
  readonly administered: readonly number[];
}

/**
 * Exports secrets with their values. They are read, opened, put on record and written batch by batch, so memory stays
 * bounded; no transaction stays open while a client reads.
 */
@Injectable()
export class SecretsExportService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly share: SecretShareRepository,
    private readonly values: SecretValues,
    private readonly passphrases: ExportPassphrases,
    private readonly rights: TenantRights,
    private readonly audit: AuditSink,
  ) {}

  /**
   * The list itself when it fits into one batch, else a stream of it.
   * @throws BadParametersError for filters that are none, or an empty passphrase
   * @throws IntegrityError when a secret of the first batch does not open; a later one breaks the answer off
   */
  async export(ctx: ReachCtx, query: QueryValues): Promise<readonly ExportedSecret[] | JsonStream> {
    const request = await this.read(ctx, query);
    const batches = this.batches(ctx, request);
    const first = await batches.next();
    if (first.done) return [];
    if (first.value.isLast) return first.value.items;
    return new JsonStream(Readable.from(jsonList(first.value.items, batches), { objectMode: false }));
  }

  private async read(ctx: ReachCtx, query: QueryValues): Promise<ExportRequest> {
    const passphrase = firstOf(query, '_passphrase');
    // Somebody whose variable was empty means an encrypted file, not an open one.
    if (passphrase === '') throw new BadParametersError('`_passphrase` is empty');
    const { _include, _size, _offset, _sort, ...selection } = query;
    const listing = parseListing(SECRET_LIST, selection, 0);
    const rights = await this.rights.of(ctx);
    return {
      listing,
      sealer: passphrase === undefined ? null : await this.passphrases.sealer(passphrase),
      fields: fieldsOf(query),
      administered: rights.tenantIdsWith('administrators'),
    };
  }

  private async *batches(ctx: ReachCtx, request: ExportRequest): AsyncGenerator<Batch, undefined> {
    const { listing, administered } = request;
    let position: ExportPosition = { listing, administered, after: 0 };
    for (;;) {
      const { secrets, isLast } = await this.unitOfWork.run(ctx, (ctx) => this.share.batch(ctx, position));
      const items: ExportedSecret[] = [];
      for (const secret of secrets) items.push(await this.exported(secret, request));
      await this.record(ctx, secrets, request);
      if (items.length > 0 || isLast) yield { items, isLast };
      const last = secrets.at(-1);
      if (isLast || !last) return;
      position = { ...position, after: Number(last.storage_id) };
    }
  }

  private async exported(secret: SecretRow, { sealer, fields }: ExportRequest): Promise<ExportedSecret> {
    const value = fields.has('value') ? await this.values.text(secret) : null;
    const options = fields.has('provider_options') ? await this.values.providerOptions(secret) : null;
    const all = {
      key: secret.key,
      value: sealer && value !== null ? sealer.seal(value) : value,
      visibility: secret.visibility,
      tenant_name: secret.tenant_name,
      is_hidden_value: secret.is_hidden_value,
      encrypted: sealer !== null,
      provider: secret.provider_name,
      provider_options: sealer && options !== null ? sealer.seal(JSON.stringify(options)) : options,
      creator: secret.created_by,
      created_at: secret.created_at,
      updated_at: secret.updated_at,
    };
    return Object.fromEntries(Object.entries(all).filter(([name]) => fields.has(name)));
  }

  /** Before the batch leaves, one record for each secret in it, written together. */
  private async record(ctx: ReachCtx, secrets: readonly SecretRow[], { fields, sealer }: ExportRequest): Promise<void> {
    if (!fields.has('value') && !fields.has('provider_options')) return;
    await this.audit.recordAll(
      ctx,
      secrets.map((secret) => secretEvent('secret.export', 'read', secret, { encrypted: sealer !== null })),
    );
  }
}

interface Batch {
  readonly items: readonly ExportedSecret[];
  readonly isLast: boolean;
}

/** `_include` narrows by name; names it does not know are ignored here (rest-api §2.6). */
function fieldsOf(query: QueryValues): ReadonlySet<string> {
  const all: readonly string[] = firstOf(query, '_include_metadata') ? [...FIELDS, ...METADATA] : FIELDS;
  const include = firstOf(query, '_include');
  if (!include) return new Set(all);
  const wanted = new Set(include.split(','));
  return new Set(all.filter((name) => wanted.has(name)));
}

async function* jsonList(
  first: readonly ExportedSecret[],
  rest: AsyncGenerator<Batch, undefined>,
): AsyncGenerator<string> {
  yield `[${first.map((item) => JSON.stringify(item)).join(',')}`;
  for await (const { items } of rest) yield items.map((item) => `,${JSON.stringify(item)}`).join('');
  yield ']';
}
