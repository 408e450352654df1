import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { assertName, isName } from '../../core/text/names.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type ListPage } from '../../platform/listing/list-queries.js';
import { SecretAccess } from './secret-access.js';
import { secretEvent } from './secret-audit.js';
import { SECRET_LIST } from './secret-list.source.js';
import { SecretValues } from './secret-values.js';
import { toSecretView, type OpenedParts, type SecretView } from './secret.view.js';
import { SecretsRepository, type SecretRow } from './secrets.repository.js';

/** Reads secrets (rest-api §2.6). Changes are the business of SecretChangesService. */
@Injectable()
export class SecretsService {
  constructor(
    private readonly lists: ListQueries,
    private readonly secrets: SecretsRepository,
    private readonly values: SecretValues,
    private readonly access: SecretAccess,
    private readonly audit: AuditSink,
  ) {}

  /** Values are never listed. */
  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, SECRET_LIST, listing);
  }

  /**
   * One secret with its value, or with `""` where the value was not asked for or is hidden from the caller. That it was
   * read is on record before it leaves.
   * @throws BadParametersError for a key that is no name
   * @throws NotFoundError when it is absent or not visible
   * @throws IntegrityError when it does not open
   */
  async get(ctx: TenantCtx, key: string, wants: { readonly value: boolean }): Promise<SecretView> {
    const secret = await this.secrets.byKey(ctx, assertName('key', key));
    if (!secret) throw new NotFoundError('Secret', key);
    const opened = await this.open(ctx, secret, wants);
    const parts = Object.keys(opened);
    if (parts.length > 0) await this.audit.record(ctx, secretEvent('secret.read', 'read', secret, { parts }));
    return toSecretView(secret, opened);
  }

  /**
   * The value for a function of a blueprint: its text, which of a secret with a schema is JSON. Null when it is absent, not
   * visible, or hidden from the caller. That it was read is on record before it leaves.
   * @throws IntegrityError when it does not open
   */
  async reveal(ctx: TenantCtx, key: string): Promise<{ readonly text: string; readonly isJson: boolean } | null> {
    const secret = isName(key) ? await this.secrets.byKey(ctx, key) : null;
    if (!secret || (secret.is_hidden_value && !(await this.access.maySeeHidden(ctx, secret)))) return null;
    const text = await this.values.text(secret);
    await this.audit.record(ctx, secretEvent('secret.read', 'read', secret, { parts: ['value'], by: 'get_secret' }));
    return { text, isJson: secret.schema !== null };
  }

  private async open(ctx: TenantCtx, secret: SecretRow, wants: { readonly value: boolean }): Promise<OpenedParts> {
    const isGuarded = secret.is_hidden_value || secret.provider_options_sealed !== null;
    const maySeeHidden = isGuarded && (await this.access.maySeeHidden(ctx, secret));
    const opensValue = wants.value && (!secret.is_hidden_value || maySeeHidden);
    const opensOptions = secret.provider_options_sealed !== null && maySeeHidden;
    return {
      ...(opensValue ? { value: await this.values.value(secret) } : {}),
      ...(opensOptions ? { providerOptions: await this.values.providerOptions(secret) } : {}),
    };
  }
}
