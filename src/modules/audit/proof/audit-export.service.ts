import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { publicKeyPem } from '../../../core/audit/signing.js';
import { Clock } from '../../../platform/clock/clock.js';
import { AuditKeys } from '../sealing/audit-keys.js';
import { AuditProofRepository } from './audit-proof.repository.js';
import { EXPORT_FORMAT, itemText, type ExportFooter, type ExportHeader } from './export-format.js';

/** `holdfast audit export`: records, chain, checkpoints and removals as lines of JSON, which `verifyExport` can judge. */
@Injectable()
export class AuditExport {
  constructor(
    private readonly proof: AuditProofRepository,
    private readonly keys: AuditKeys,
    private readonly clock: Clock,
  ) {}

  /** The key that offline verification needs, in PEM. */
  async publicKey(): Promise<string> {
    return publicKeyPem((await this.keys.load()).signingKey);
  }

  /** Writes everything as of now and leaves the stream open. Resolves to the number of items. */
  async write(out: Writable): Promise<number> {
    const { installationId, signingKey } = await this.keys.load();
    const header: ExportHeader = {
      type: 'header',
      format: EXPORT_FORMAT,
      installation: installationId,
      exported_at: this.clock.now().toISOString(),
      key_id: signingKey.keyId,
      public_key: publicKeyPem(signingKey),
    };
    await writeLine(out, JSON.stringify(header));
    return this.proof.onSnapshot(async (ctx) => {
      let items = 0;
      for await (const item of this.proof.items(ctx, installationId)) {
        await writeLine(out, itemText(item));
        items += 1;
      }
      const footer: ExportFooter = { type: 'footer', items };
      await writeLine(out, JSON.stringify(footer));
      return items;
    });
  }
}

async function writeLine(out: Writable, line: string): Promise<void> {
  if (!out.write(`${line}\n`)) await once(out, 'drain');
}
