import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/ctx.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import type { ProviderContextView, PutProviderContext } from './provider-context.dto.js';

/** There is one, and this is what it is called. */
const ID = 'CONTEXT';

@Injectable()
export class ProviderContextRepository {
  async find(ctx: Ctx): Promise<ProviderContextView | null> {
    const [row] = await queryRows<ProviderContextView>(ctx, 'SELECT id, name, context FROM provider_context');
    return row ?? null;
  }

  /** False when there is one already. */
  async insert(ctx: Ctx, { name, context }: PutProviderContext): Promise<boolean> {
    const added = await execute(
      ctx,
      `INSERT INTO provider_context (id, name, context) VALUES ($1, $2, $3::jsonb) ON CONFLICT DO NOTHING`,
      [ID, name, JSON.stringify(context)],
    );
    return added === 1;
  }

  async replace(ctx: Ctx, { name, context }: PutProviderContext): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO provider_context (id, name, context) VALUES ($1, $2, $3::jsonb)
       ON CONFLICT ON CONSTRAINT provider_context_pk DO UPDATE SET name = EXCLUDED.name, context = EXCLUDED.context`,
      [ID, name, JSON.stringify(context)],
    );
  }
}
