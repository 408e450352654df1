import type { OperationAction } from '../../../core/graph/task.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { OperationRow, OperationRowsRepository } from './operation-rows.repository.js';

/** What is stored of an operation. */
interface StoredOperation {
  readonly rows: ReadonlyMap<string, OperationRow>;
  /** JSON text; null when its node has no such operation. */
  readonly text: string | null;
}

interface Asked {
  readonly action: OperationAction;
  readonly ids: readonly string[];
  readonly answer: PromiseWithResolvers<StoredOperation>;
}

/** Reads what operations need. Those that are asked for at the same moment are read in one transaction. */
export class OperationBatches {
  private readonly open = new WeakMap<TenantCtx, Map<string, Asked[]>>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: OperationRowsRepository,
  ) {}

  /** @param ids of the instances that it is about */
  read(ctx: TenantCtx, storageId: string, action: OperationAction, ids: readonly string[]): Promise<StoredOperation> {
    const asked: Asked = { action, ids, answer: Promise.withResolvers() };
    const ofCtx = this.open.get(ctx) ?? new Map<string, Asked[]>();
    this.open.set(ctx, ofCtx);
    const batch = ofCtx.get(storageId);
    if (batch !== undefined) {
      batch.push(asked);
    } else {
      const fresh = [asked];
      ofCtx.set(storageId, fresh);
      // What one step launches is asked for before this runs.
      queueMicrotask(() => {
        ofCtx.delete(storageId);
        void this.answer(ctx, storageId, fresh);
      });
    }
    return asked.answer.promise;
  }

  private async answer(ctx: TenantCtx, storageId: string, batch: readonly Asked[]): Promise<void> {
    try {
      const { rows, texts } = await this.unitOfWork.run(ctx, async (ctx) => ({
        rows: await this.repository.operationRows(
          ctx,
          storageId,
          batch.flatMap(({ ids }) => ids),
        ),
        texts: await this.texts(
          ctx,
          storageId,
          batch.map(({ action }) => action),
        ),
      }));
      for (const [index, { answer }] of batch.entries()) answer.resolve({ rows, text: texts[index] ?? null });
    } catch (error) {
      for (const { answer } of batch) answer.reject(error);
    }
  }

  private async texts(
    ctx: TenantCtx,
    storageId: string,
    actions: readonly OperationAction[],
  ): Promise<readonly (string | null)[]> {
    const ofNodes = actions.filter(({ relationship }) => relationship === undefined);
    const ofRelationships = actions.flatMap(({ instance, relationship, operation }) =>
      relationship === undefined ? [] : [{ source: instance, ...relationship, operation }],
    );
    const nodes = ofNodes.length === 0 ? [] : await this.repository.nodeOperations(ctx, storageId, ofNodes);
    const relationships =
      ofRelationships.length === 0 ? [] : await this.repository.relationshipOperations(ctx, storageId, ofRelationships);
    const [fromNodes, fromRelationships] = [nodes.values(), relationships.values()];
    return actions.map(
      ({ relationship }) => (relationship === undefined ? fromNodes : fromRelationships).next().value ?? null,
    );
  }
}
