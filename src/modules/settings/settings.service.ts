import { Injectable } from '@nestjs/common';
import { AppError, NotFoundError } from '../../core/errors/app-error.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { AuthorizationRepository } from './authorization.repository.js';
import { entryKey } from './setting-catalogue.js';
import { SettingReader, type Shown } from './setting-reader.js';
import { SettingWriter } from './setting-writer.js';
import type { ConfigView, PutSetting, SettingView } from './settings.dto.js';
import { SettingsRepository, type StoredEntry } from './settings.repository.js';

/** How often a value is stored again when others change the entry at the same moment. */
const MAX_ATTEMPTS = 10;
const AUTHORIZATION_SCOPE = 'authorization';

/** The editable configuration (rest-api §2.8). */
@Injectable()
export class SettingsService {
  constructor(
    private readonly entries: SettingsRepository,
    private readonly authorization: AuthorizationRepository,
    private readonly reader: SettingReader,
    private readonly writer: SettingWriter,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Everything, one scope, or with the scope `authorization` roles and permissions alone. An empty scope is none. */
  async list(ctx: Ctx, scope: string): Promise<Shown<ConfigView>> {
    const { entries, authorization } = await this.unitOfWork.run(ctx, async (ctx) => ({
      entries: scope === '' ? await this.entries.all(ctx) : await this.entries.inScope(ctx, scope),
      authorization: scope === '' || scope === AUTHORIZATION_SCOPE ? await this.authorization.authorization(ctx) : null,
    }));
    const shown = await this.reader.show(ctx, entries);
    return {
      isSecret: shown.isSecret,
      body: { metadata: {}, items: shown.body, ...(authorization === null ? {} : { authorization }) },
    };
  }

  /** @throws NotFoundError; AppError ambiguous_name when several scopes have the name. */
  async get(ctx: Ctx, name: string): Promise<Shown<SettingView>> {
    return this.reader.showOne(ctx, await this.one(ctx, name));
  }

  /** @throws what `get` and `SettingWriter.write` throw. */
  async put(ctx: Ctx, name: string, input: PutSetting): Promise<Shown<SettingView>> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const entry = await this.one(ctx, name);
      if (await this.writer.write(ctx, entry, input))
        return this.reader.showOne(ctx, await this.one(ctx, entryKey(entry)));
    }
    throw new AppError('storage_error', `The configuration entry \`${name}\` is being changed by others; try again`);
  }

  private async one(ctx: Ctx, name: string): Promise<StoredEntry> {
    const dot = name.lastIndexOf('.');
    const [scope, bare] = dot < 0 ? [null, name] : [name.slice(0, dot), name.slice(dot + 1)];
    const found = await this.unitOfWork.run(ctx, (ctx) => this.entries.named(ctx, bare, scope));
    const [entry, ...others] = found;
    if (!entry) throw new NotFoundError('Config', name);
    if (others.length > 0) {
      throw new AppError(
        'ambiguous_name',
        `Several configuration entries have that name: ${found.map(entryKey).join(', ')}`,
      );
    }
    return entry;
  }
}
