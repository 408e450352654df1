import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { holdsAsSystem } from '../../core/access/actor.js';
import { canSee } from '../../core/access/visibility.js';
import {
  AppError,
  BadParametersError,
  ConflictError,
  ForbiddenError,
  IllegalActionError,
  NotFoundError,
} from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { assertName } from '../../core/text/names.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { SecretAccess } from './secret-access.js';
import { secretEvent } from './secret-audit.js';
import type { PutSecret, UpdateSecret } from './secret.dto.js';
import {
  assertMayBe,
  assertMayBecome,
  assertNoProvider,
  assertOwnTenant,
  isFalsy,
  readVisibility,
} from './secret-rules.js';
import { readSchema, textOfValue, type SchemaDictionary } from './secret-schema.js';
import { SecretValues } from './secret-values.js';
import { toSecretView, type SecretView } from './secret.view.js';
import { SecretsRepository, type SecretChanges, type SecretRow } from './secrets.repository.js';

const FIRST_VERSION = 1;
/** Rounds of judging and changing, when others change what was judged in between. */
const MAX_ROUNDS = 5;

/** What a change does with a secret that it was judged against. */
type Step<T> = (ctx: TenantCtx, secret: SecretRow) => Promise<T>;

type Changes = Omit<SecretChanges, 'updatedAt'>;

/**
 * Creates, changes and deletes secrets (rest-api §2.6). Sealing asks the vault, which may ask the database, so it happens
 * before the transaction; what was judged before it is compared with the locked row inside, and judged again if it
 * differs. Values do not count there: of two writers at once the later one wins, as with any other field.
 */
@Injectable()
export class SecretChangesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly secrets: SecretsRepository,
    private readonly values: SecretValues,
    private readonly access: SecretAccess,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates a secret, or replaces the value of an existing one if the input says so.
   * @throws BadParametersError for a key, value, schema or visibility that is none
   * @throws NotFoundError for an unknown provider
   * @throws ForbiddenError for global without the right to it, or an existing hidden secret of somebody else
   * @throws ConflictError when the key is taken, or the schema refuses the value
   */
  async put(ctx: TenantCtx, key: string, input: PutSecret): Promise<SecretView> {
    assertName('key', key);
    const wanted = {
      input,
      schema: readSchema(input.schema),
      visibility: readVisibility(input.visibility ?? 'tenant'),
    };
    if (!input.provider_name && (input.value === null || input.value === '')) {
      throw new BadParametersError('The value of a secret may not be empty');
    }
    if (!input.update_if_exists) return this.create(ctx, key, wanted);

    if (await this.secrets.byKey(ctx, key)) return this.replaceValue(ctx, key, input);
    try {
      return await this.create(ctx, key, wanted);
    } catch (error) {
      // Somebody else was faster, or it is not ours to see; the next look tells the two apart.
      if (!(error instanceof ConflictError) || !(await this.secrets.byKey(ctx, key))) throw error;
      return this.replaceValue(ctx, key, input);
    }
  }

  /**
   * @param isEmpty whether the body had no field at all, known or not
   * @throws IllegalActionError for an empty body, a narrower visibility, or a global secret of another tenant
   * @throws ForbiddenError for a hidden secret of somebody else, or a field that needs a further permission
   * @throws ConflictError for a value that the stored schema refuses, or a key that cannot be global
   */
  async update(ctx: TenantCtx, key: string, input: UpdateSecret, isEmpty: boolean): Promise<SecretView> {
    assertName('key', key);
    if (isEmpty) throw new IllegalActionError('Update a secret request must include at least one parameter to update');
    const visibility = isGiven(input.visibility) ? readVisibility(input.visibility) : undefined;
    return this.change(ctx, key, async (ctx, secret) => {
      const hides = input.is_hidden_value ?? undefined;
      if (hides !== undefined) await this.access.assertMayHide(ctx, secret);
      if (visibility) assertMayBecome(ctx, secret, visibility);
      assertNoProvider(input.provider_name);
      const text = isFalsy(input.value) ? null : textOfValue(input.value, secret.schema);
      const shown = visibility ?? secret.visibility;
      const creatorId = isGiven(input.creator)
        ? await this.newOwner(ctx, { ...secret, visibility: shown }, input.creator)
        : undefined;
      return {
        ...(await this.sealed(secret, text, input.provider_options)),
        ...(hides === undefined ? {} : { isHiddenValue: hides }),
        ...(visibility === undefined ? {} : { visibility }),
        ...(creatorId === undefined ? {} : { creatorId }),
      };
    });
  }

  /** @throws BadParametersError for anything but tenant and global; further as `update`. */
  async setVisibility(ctx: TenantCtx, key: string, wanted: string): Promise<SecretView> {
    assertName('key', key);
    const visibility = readVisibility(wanted, ['tenant', 'global']);
    return this.change(ctx, key, async (ctx, secret) => {
      assertMayBecome(ctx, secret, visibility);
      return { visibility };
    });
  }

  /** @throws NotFoundError, and as `update` for hidden and global secrets. */
  async delete(ctx: TenantCtx, key: string): Promise<void> {
    assertName('key', key);
    await this.onJudged(
      ctx,
      key,
      () => Promise.resolve(),
      async (ctx, secret) => {
        await this.secrets.delete(ctx, secret);
        await this.audit.record(ctx, secretEvent('secret.delete', 'delete', secret));
      },
    );
  }

  private async create(ctx: TenantCtx, key: string, { input, schema, visibility }: Wanted): Promise<SecretView> {
    const text = input.provider_name ? '' : textOfValue(input.value, schema);
    assertNoProvider(input.provider_name);
    assertMayBe(ctx.actor, visibility);
    const cell = { tenantId: ctx.tenantId, id: randomUUID(), version: FIRST_VERSION };
    const valueSealed = await this.values.seal(cell, text);
    const optionsSealed = input.provider_options
      ? await this.values.sealProviderOptions(cell, input.provider_options)
      : null;
    return this.unitOfWork.run(ctx, async (ctx) => {
      const secret = await this.secrets.insert(ctx, {
        id: cell.id,
        key,
        visibility,
        schema,
        is_hidden_value: input.is_hidden_value ?? false,
        value_sealed: valueSealed,
        record_version: FIRST_VERSION,
        provider_options_sealed: optionsSealed,
        provider_options_version: FIRST_VERSION,
        createdAt: this.clock.now(),
      });
      await this.audit.record(ctx, secretEvent('secret.create', 'create', secret, { visibility }));
      return toSecretView(secret);
    });
  }

  /** `update_if_exists`: value and provider options change, the stored schema judges, and hidden stays hidden. */
  private async replaceValue(ctx: TenantCtx, key: string, input: PutSecret): Promise<SecretView> {
    return this.change(ctx, key, async (_ctx, secret) => {
      assertNoProvider(input.provider_name);
      return this.sealed(secret, textOfValue(input.value, secret.schema), input.provider_options);
    });
  }

  /** Judges, changes, records, and answers the secret as it then is. */
  private async change(ctx: TenantCtx, key: string, judge: Step<Changes>): Promise<SecretView> {
    return this.onJudged(ctx, key, judge, async (ctx, secret, changes) => {
      await this.secrets.update(ctx, secret, { ...changes, updatedAt: this.clock.now() });
      await this.audit.record(ctx, secretEvent('secret.update', 'update', secret, { changed: Object.keys(changes) }));
      const changed = await this.secrets.lock(ctx, key);
      if (!changed) throw new NotFoundError('Secret', key);
      return toSecretView(changed);
    });
  }

  /**
   * Looks at a secret, judges what is to happen to it outside of a transaction, and lets it happen inside of one, if
   * nothing that was judged has changed meanwhile.
   */
  private async onJudged<J, T>(
    ctx: TenantCtx,
    key: string,
    judge: Step<J>,
    act: (ctx: TenantCtx, secret: SecretRow, judgement: J) => Promise<T>,
  ): Promise<T> {
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const seen = await this.secrets.byKey(ctx, key);
      if (!seen) throw new NotFoundError('Secret', key);
      await this.access.assertMayChange(ctx, seen);
      assertOwnTenant(ctx, seen);
      const judgement = await judge(ctx, seen);
      const done = await this.unitOfWork.run(ctx, async (ctx) => {
        const secret = await this.secrets.lock(ctx, key);
        return secret && isAsJudged(secret, seen) ? { result: await act(ctx, secret, judgement) } : null;
      });
      if (done) return done.result;
    }
    throw new AppError('storage_error', `The secret \`${key}\` was changed by others at the same time`);
  }

  private async sealed(
    secret: SecretRow,
    text: string | null,
    options: SchemaDictionary | null | undefined,
  ): Promise<Pick<Changes, 'value' | 'providerOptions'>> {
    if (text === null && !options) return {};
    const [version] = await this.secrets.nextVersions(1);
    if (version === undefined) throw new Error('The sequence of versions gave nothing.');
    const cell = { tenantId: secret.tenant_id, id: secret.id, version };
    return {
      ...(text === null ? {} : { value: { sealed: await this.values.seal(cell, text), version } }),
      ...(options
        ? { providerOptions: { sealed: await this.values.sealProviderOptions(cell, options), version } }
        : {}),
    };
  }

  /**
   * @throws ForbiddenError without `set_owner`, or when the caller would lose sight of the secret
   * @throws BadParametersError for an unknown user
   */
  private async newOwner(ctx: TenantCtx, secret: SecretRow, name: string): Promise<number> {
    if (!holdsAsSystem(ctx.actor, 'set_owner')) {
      throw new ForbiddenError(`User \`${ctx.actor.username}\` is not permitted to set the owner of a resource`);
    }
    const ids = await this.unitOfWork.run(ctx, (ctx) => this.secrets.userIds(ctx, [name]));
    const ownerId = ids.get(name);
    if (ownerId === undefined) throw new BadParametersError(`The user \`${printable(name)}\` does not exist`);
    const after = { tenantId: secret.tenant_id, ownerId, visibility: secret.visibility };
    if (!canSee(ctx.actor.userId, ctx.reach, after)) {
      throw new ForbiddenError(`User \`${ctx.actor.username}\` may not give a private secret away`);
    }
    return ownerId;
  }
}

interface Wanted {
  readonly input: PutSecret;
  readonly schema: SchemaDictionary | null;
  readonly visibility: ReturnType<typeof readVisibility>;
}

function isGiven<T>(field: T | null | undefined): field is T {
  return field !== null && field !== undefined;
}

/** What the rules look at. */
function isAsJudged(secret: SecretRow, seen: SecretRow): boolean {
  return (
    secret.id === seen.id &&
    secret.creator_id === seen.creator_id &&
    secret.visibility === seen.visibility &&
    secret.is_hidden_value === seen.is_hidden_value
  );
}
