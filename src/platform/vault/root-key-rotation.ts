import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { NONCE_BYTES } from '../../core/envelope/aead.js';
import { unwrapKey, wrapKey } from '../../core/envelope/key-wrap.js';
import { systemCtx, type Ctx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AllTenants } from './all-tenants.js';
import { Installation } from './installation.js';
import { PurposeKeyRepository } from './purpose-key.repository.js';
import { purposeKeyName } from './purpose-keys.js';
import { RootKeys } from './root-keys.js';
import { RootKeyUse } from './root-key-use.js';
import { keyName, ownerCtx } from './tenant-keys.js';
import { TenantKeyRepository } from './tenant-key.repository.js';

/**
 * Replaces the root key: stage (durable in the ring), promote (wraps from now on), wrap every key anew, retire. Each step
 * can be repeated, and each leaves a state in which everything opens.
 */
@Injectable()
export class RootKeyRotation {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rootKeys: RootKeys,
    private readonly use: RootKeyUse,
    private readonly tenantKeys: TenantKeyRepository,
    private readonly purposeKeys: PurposeKeyRepository,
    private readonly tenants: AllTenants,
    private readonly installation: Installation,
  ) {}

  /**
   * With root keys from the setting only the wrapping is done: the operator puts the new key first and keeps the old one
   * behind it until then.
   * @returns how many keys were wrapped anew.
   * @throws EnvelopeError when a stored key was changed; KeyStoreError when its root key is missing. Nothing is retired then.
   */
  async run(): Promise<number> {
    if (this.rootKeys.isFileBased && !this.rootKeys.hasForerunners()) {
      const label = await this.rootKeys.stage();
      await this.use.alone(() => this.rootKeys.promote(label));
    }
    const wrapped = (await this.wrapTenantKeys()) + (await this.wrapPurposeKeys());
    if (this.rootKeys.isFileBased) await this.use.alone(() => this.rootKeys.retireOthers());
    return wrapped;
  }

  private async wrapTenantKeys(): Promise<number> {
    const installationId = await this.installation.id();
    const rows = await this.unitOfWork.run(await this.tenants.ctx('key-rotation'), (ctx) => this.tenantKeys.all(ctx));
    let wrapped = 0;
    for (const row of rows) {
      const name = keyName(installationId, row.tenantId, row.version);
      const replace = (ctx: Ctx, bytes: Buffer, label: string): Promise<boolean> =>
        this.tenantKeys.replaceWrapping(ctx, row, bytes, label);
      if (await this.wrap(ownerCtx('key-rotation', row.tenantId), row, name, replace)) wrapped += 1;
    }
    return wrapped;
  }

  private async wrapPurposeKeys(): Promise<number> {
    const installationId = await this.installation.id();
    const rows = await this.unitOfWork.run(systemCtx('key-rotation'), (ctx) => this.purposeKeys.all(ctx));
    let wrapped = 0;
    for (const row of rows) {
      const replace = (ctx: Ctx, bytes: Buffer, label: string): Promise<boolean> =>
        this.purposeKeys.replaceWrapping(ctx, row, bytes, label);
      if (await this.wrap(systemCtx('key-rotation'), row, purposeKeyName(installationId, row), replace)) wrapped += 1;
    }
    return wrapped;
  }

  /** False when the key is under the active root key already, or is gone with its tenant. */
  private async wrap(
    owner: Ctx,
    row: { readonly wrapped: Buffer; readonly rootLabel: string },
    name: Parameters<typeof unwrapKey>[1],
    replace: (ctx: Ctx, wrapped: Buffer, rootLabel: string) => Promise<boolean>,
  ): Promise<boolean> {
    const active = this.rootKeys.active();
    if (row.rootLabel === active.label) return false;
    const from = await this.use.byLabel(row.rootLabel);
    const key = unwrapKey(from.key, name, row.wrapped);
    try {
      const wrapped = wrapKey(active.key, name, randomBytes(NONCE_BYTES), key);
      return await this.unitOfWork.run(owner, (ctx) => replace(ctx, wrapped, active.label));
    } finally {
      key.fill(0);
    }
  }
}
