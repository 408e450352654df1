import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PurposeKeys } from '../../platform/vault/purpose-keys.js';

/** The key of the stored token hashes, read once at start: no request waits for it. */
@Injectable()
export class TokenKey implements OnModuleInit {
  private key: Buffer | null = null;

  constructor(private readonly keys: PurposeKeys) {}

  async onModuleInit(): Promise<void> {
    this.key = await this.keys.purposeKey('token_mac');
  }

  get bytes(): Buffer {
    if (!this.key) throw new Error('The token key is read at start-up, before the first request.');
    return this.key;
  }
}
