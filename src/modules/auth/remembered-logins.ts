import { Injectable } from '@nestjs/common';
import { createHmac, randomBytes } from 'node:crypto';
import { Clock } from '../../platform/clock/clock.js';

/** Clients send Basic on every call; a right password is remembered this long (security-design §2). */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/**
 * Positive password checks, in memory only, under a key of this process. The key covers the account's auth version, so a
 * change of password, role or state is felt at once.
 */
@Injectable()
export class RememberedLogins {
  private readonly key = randomBytes(32);
  private readonly until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  handle(userId: number, authVersion: string, password: string): string {
    return createHmac('sha256', this.key)
      .update(`${userId}\n${authVersion}\n`)
      .update(password.normalize('NFKC'))
      .digest('base64');
  }

  has(handle: string): boolean {
    const until = this.until.get(handle);
    if (until === undefined) return false;
    if (until > this.clock.now().getTime()) return true;
    this.until.delete(handle);
    return false;
  }

  add(handle: string): void {
    if (this.until.size >= MAX_REMEMBERED) {
      // Maps keep their order: the first is the oldest.
      const [oldest] = this.until.keys();
      if (oldest !== undefined) this.until.delete(oldest);
    }
    this.until.set(handle, this.clock.now().getTime() + REMEMBER_MS);
  }
}
