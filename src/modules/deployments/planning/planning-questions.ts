import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { ObjectLookupsRepository } from '../lookups/object-lookups.repository.js';
import { ObjectLookupsService } from '../lookups/object-lookups.service.js';
import { PresentRowsRepository } from './present-rows.repository.js';
import type { PlanningAnswer, PlanningQuestion } from './planning-messages.js';

/** Ids asked for in one statement: a parameter is written in one turn of the event loop. */
const IDS_AT_ONCE = 5_000;

/** Answers what a planning thread asks of the database, with the rights of whoever makes the deployment. */
@Injectable()
export class PlanningQuestions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ObjectLookupsRepository,
    private readonly lookUps: ObjectLookupsService,
    private readonly present: PresentRowsRepository,
  ) {}

  async answer(ctx: TenantCtx, question: PlanningQuestion): Promise<PlanningAnswer> {
    switch (question.kind) {
      case 'secrets':
        return this.missingSecrets(ctx, question.names);
      case 'instances':
        return this.takenInstances(ctx, question.ids);
      case 'present': {
        const { part, deployment, offset } = question;
        return this.unitOfWork.run(ctx, (ctx) => this.present.texts(ctx, part, deployment, offset));
      }
      case 'look-ups': {
        const holding: string[] = [];
        for (const [at, lookUp] of question.lookUps.entries()) {
          if (await this.lookUps.holds(ctx, lookUp)) holding.push(String(at));
        }
        return holding;
      }
    }
  }

  /** In the order of `names`. */
  async missingSecrets(ctx: TenantCtx, names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return [];
    const there = await this.unitOfWork.run(ctx, (ctx) => this.repository.secrets(ctx, names));
    return names.filter((name) => !there.has(name));
  }

  private async takenInstances(ctx: TenantCtx, ids: readonly string[]): Promise<readonly string[]> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const taken: string[] = [];
      for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
        taken.push(...(await this.repository.instancesTaken(ctx, ids.slice(at, at + IDS_AT_ONCE))));
      }
      return taken;
    });
  }
}
