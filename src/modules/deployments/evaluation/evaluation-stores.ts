import { Injectable } from '@nestjs/common';
import { holds } from '../../../core/access/actor.js';
import { readJson } from '../../../core/dsl/json-values.js';
import type { Value } from '../../../core/dsl/values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { DatabaseStore, type StoreQuestions } from './database-store.js';
import { EvaluationRepository } from './evaluation.repository.js';

/** Makes stores of deployments for evaluating functions. What the caller may not see is absent in them. */
@Injectable()
export class EvaluationStores {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: EvaluationRepository,
    private readonly secrets: SecretsService,
  ) {}

  /**
   * Null when there is no such deployment. Each question opens a transaction of its own.
   * @param secretRead is told the text of every secret that was read
   */
  async of(
    ctx: TenantCtx,
    by: { readonly storageId: string } | { readonly id: string },
    secretRead: (text: string) => void = () => undefined,
  ): Promise<DatabaseStore | null> {
    const deployment = await this.unitOfWork.run(ctx, (ctx) => this.repository.deployment(ctx, by));
    return deployment && new DatabaseStore(deployment, this.questions(ctx, secretRead));
  }

  private questions(ctx: TenantCtx, secretRead: (text: string) => void): StoreQuestions {
    const { unitOfWork, repository } = this;
    const others = new Map<string, Promise<DatabaseStore | undefined>>();
    const questions: StoreQuestions = {
      nodes: (storageId, wanted) => unitOfWork.run(ctx, (ctx) => repository.nodes(ctx, storageId, wanted)),
      instances: (storageId, wanted) => unitOfWork.run(ctx, (ctx) => repository.instances(ctx, storageId, wanted)),
      labels: (storageId) => unitOfWork.run(ctx, (ctx) => repository.labels(ctx, storageId)),
      groupMembers: (groupId) => unitOfWork.run(ctx, (ctx) => repository.groupMembers(ctx, groupId)),
      displayNames: (ids) => unitOfWork.run(ctx, (ctx) => repository.displayNames(ctx, ids)),
      secret: (key) => this.secret(ctx, key, secretRead),
      store: (id) => {
        const asked =
          others.get(id) ??
          unitOfWork
            .run(ctx, (ctx) => repository.deployment(ctx, { id }))
            .then((found) => (found === null ? undefined : new DatabaseStore(found, questions)));
        others.set(id, asked);
        return asked;
      },
    };
    return questions;
  }

  private async secret(ctx: TenantCtx, key: string, read: (text: string) => void): Promise<Value | undefined> {
    const found = holds(ctx.actor, 'secret_get') ? await this.secrets.reveal(ctx, key) : null;
    if (found === null) return undefined;
    read(found.text);
    return found.isJson ? readJson(found.text) : found.text;
  }
}
