import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { holds } from '../../core/access/actor.js';
import { makeToken, printToken, tokenMac, type TokenClaims } from '../../core/access/token-format.js';
import { BadParametersError, NotFoundError, UnauthorizedError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { readTokenExpiry } from '../../core/text/token-expiry.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import { AppConfig } from '../../platform/config/config.js';
import { NO_REACH, type Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type ListPage } from '../../platform/listing/list-queries.js';
import type { CreateToken, TokenView } from './token.dto.js';
import { TokenKey } from './token-key.js';
import { TOKEN_LIST, TokensRepository } from './tokens.repository.js';

const MAX_DESCRIPTION_LENGTH = 255;
const DAY_MS = 86_400_000;

/** Access tokens (rest-api §2.5, security-design §3). Only a keyed hash of the secret is stored. */
@Injectable()
export class TokensService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: TokensRepository,
    private readonly lists: ListQueries,
    private readonly key: TokenKey,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  list(ctx: Ctx, listing: Listing): Promise<ListPage | JsonStream> {
    const owner = this.ownerScope(ctx);
    const extra =
      owner === null ? [] : [(parameters: { add(value: unknown): string }) => `r.user_id = ${parameters.add(owner)}`];
    return this.lists.page({ ...ctx, reach: NO_REACH }, TOKEN_LIST, listing, { extra });
  }

  async get(ctx: Ctx, id: string): Promise<TokenView> {
    const token = await this.unitOfWork.run(ctx, (ctx) => this.repository.find(ctx, id, this.ownerScope(ctx)));
    if (!token) throw new NotFoundError('Token', id);
    return token;
  }

  /**
   * A token of the caller's own. Made by token, it lives no longer than that one.
   * @throws BadParametersError for an expiry that is past, unreadable, or later than the creating token's;
   *   UnauthorizedError when what the caller signed in with was ended since: a revocation leaves no child behind
   */
  async create(ctx: Ctx, input: CreateToken): Promise<TokenView> {
    const description = input.description ?? null;
    if (description !== null && description.length > MAX_DESCRIPTION_LENGTH) {
      throw new BadParametersError(`\`description\` is longer than ${MAX_DESCRIPTION_LENGTH} characters`);
    }
    const now = this.clock.now();
    const asked = input.expiration_date ? readTokenExpiry(input.expiration_date, now) : null;
    const parts = makeToken(randomBytes(128));
    return this.unitOfWork.run(ctx, async (ctx) => {
      const expiresAt = await this.expiryFor(ctx, asked, now);
      const tokenEpoch = await this.repository.epochOf(ctx, ctx.actor.userId);
      if (tokenEpoch === null || tokenEpoch !== ctx.actor.tokenEpoch) throw new UnauthorizedError();
      await this.repository.deleteExpired(ctx, ctx.actor.userId, now);
      const claims: TokenClaims = {
        id: parts.id,
        kind: 'access',
        userId: ctx.actor.userId,
        tokenEpoch,
        tenantId: null,
        executionId: null,
        expiresAt: expiresAt?.toISOString() ?? null,
      };
      const mac = tokenMac(this.key.current, claims, parts.secret);
      await this.repository.insert(ctx, {
        id: parts.id,
        userId: ctx.actor.userId,
        mac,
        tokenEpoch,
        description,
        createdAt: now,
        expiresAt,
      });
      await this.audit.record(ctx, {
        action: 'token.create',
        operation: 'create',
        outcome: 'success',
        refTable: 'tokens',
        refId: null,
        refIdentifier: { id: parts.id },
        details: { expiration_date: claims.expiresAt },
      });
      return {
        id: parts.id,
        username: ctx.actor.username,
        value: printToken(parts),
        role: ctx.actor.systemRole,
        expiration_date: claims.expiresAt,
        last_used: null,
        description,
      };
    });
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      if (!(await this.repository.delete(ctx, id, this.ownerScope(ctx)))) throw new NotFoundError('Token', id);
      await this.audit.record(ctx, {
        action: 'token.delete',
        operation: 'delete',
        outcome: 'success',
        refTable: 'tokens',
        refId: null,
        refIdentifier: { id },
      });
    });
  }

  /** Whose tokens the caller may handle: their own, or with the permission anybody's. */
  private ownerScope(ctx: Ctx): number | null {
    return holds(ctx.actor, 'manage_others_tokens') ? null : ctx.actor.userId;
  }

  private async expiryFor(ctx: Ctx, asked: Date | null, now: Date): Promise<Date | null> {
    const { tokenLifetimeDays } = this.config;
    const usual = tokenLifetimeDays === 0 ? null : new Date(now.getTime() + tokenLifetimeDays * DAY_MS);
    if (ctx.actor.tokenId === undefined) return asked ?? usual;
    const parent = await this.repository.expiryOf(ctx, ctx.actor.tokenId);
    if (parent === undefined) throw new UnauthorizedError();
    if (parent === null) return asked ?? usual;
    if (asked !== null && asked > parent) {
      throw new BadParametersError(
        '`expiration_date` is later than that of the token you signed in with; sign in with your password for a longer one',
      );
    }
    return asked ?? (usual !== null && usual < parent ? usual : parent);
  }
}
