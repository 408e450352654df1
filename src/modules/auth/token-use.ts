import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { HotQueries } from '../../platform/database/hot-queries.js';
import { Log } from '../../platform/logging/log.js';

/** `last_used` is written at most this often, off the request's path (security-design §3). */
const WRITE_EVERY_MS = 60_000;

@Injectable()
export class TokenUse implements OnModuleDestroy {
  private readonly pending = new Map<string, Promise<void>>();

  constructor(
    private readonly hot: HotQueries,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  note(tokenId: string, lastUsedAt: string | null): void {
    const now = this.clock.now();
    if (lastUsedAt !== null && now.getTime() - new Date(lastUsedAt).getTime() < WRITE_EVERY_MS) return;
    if (this.pending.has(tokenId)) return;
    const write = this.hot
      .query('hf_token_used', 'UPDATE access_token SET last_used_at = $2 WHERE id = $1', [tokenId, now])
      .then(() => undefined)
      .catch((error: unknown) => this.log.warn('the last use of a token could not be written', { error }))
      .finally(() => this.pending.delete(tokenId));
    this.pending.set(tokenId, write);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.pending.values());
  }
}
