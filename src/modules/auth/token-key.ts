import { Injectable, type OnModuleInit } from '@nestjs/common';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { PurposeKeys } from '../../platform/vault/purpose-keys.js';

/** The key of the stored token hashes, read once at start: no request waits for it. */
@Injectable()
export class TokenKey implements OnModuleInit {
  private key: KeyObject | null = null;

  constructor(private readonly keys: PurposeKeys) {}

  async onModuleInit(): Promise<void> {
    const bytes = await this.keys.purposeKey('token_mac');
    this.key = createSecretKey(bytes);
    bytes.fill(0);
  }

  get current(): KeyObject {
    if (!this.key) throw new Error('The token key is read at start-up, before the first request.');
    return this.key;
  }
}
