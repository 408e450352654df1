import { Injectable } from '@nestjs/common';
import type { LookUp } from '../../../core/dsl/schema/value-catalogue.js';
import type { Dict, Value } from '../../../core/dsl/values.js';
import { isDict, isList, keyText } from '../../../core/dsl/values.js';
import { AppError } from '../../../core/errors/app-error.js';
import { parseConstraints } from '../../../core/filters/constraints.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import {
  constraintConditions,
  ruleConditions,
  type FilterSource,
} from '../../../platform/listing/filter-conditions.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { CapabilityValues } from './capability-values.js';
import {
  DEPLOYMENT_OBJECTS,
  ObjectLookupsRepository,
  TENANT_OBJECTS,
  type NamedObjects,
} from './object-lookups.repository.js';

/** Answers whether values of object-based types name something that the caller may see (dsl.md §8.3). */
@Injectable()
export class ObjectLookupsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ObjectLookupsRepository,
    private readonly capabilities: CapabilityValues,
  ) {}

  /** What is within the blueprint that is being deployed only its plan knows; here it is never found. */
  async holds(ctx: TenantCtx, { type, value, conditions, within }: LookUp): Promise<boolean> {
    if (within === 'blueprint') return false;
    if (type === 'blueprint_id' || type === 'deployment_id' || type === 'secret_key') {
      return this.found(ctx, TENANT_OBJECTS[type], value, conditions, null);
    }
    if (within === null) return false;
    if (type === 'capability_value')
      return this.capabilities.holds(ctx, within.deployment, value, plainDict(conditions));
    const objects: NamedObjects | undefined = DEPLOYMENT_OBJECTS[type];
    return objects !== undefined && this.found(ctx, objects, value, conditions, within.deployment);
  }

  private async found(
    ctx: TenantCtx,
    objects: NamedObjects,
    value: string,
    raw: Dict,
    deployment: string | null,
  ): Promise<boolean> {
    try {
      const { filter_id: filterId, ...rest } = plainDict(raw);
      const source: FilterSource = { attributes: {}, columns: {}, ...objects };
      const conditions: Condition[] = [...constraintConditions(source, parseConstraints(rest))];
      if (deployment !== null) conditions.push((parameters) => `r.id = ${parameters.add(deployment)}`);
      return await this.unitOfWork.run(ctx, async (ctx) => {
        if (typeof filterId === 'string' && objects.filters !== undefined) {
          const rules = await this.repository.rules(ctx, objects.filters, filterId);
          if (rules === null) return false;
          conditions.push(...ruleConditions(source, rules));
        }
        return this.repository.exists(ctx, objects, value, conditions);
      });
    } catch (error) {
      if (error instanceof AppError) return false; // conditions that mean nothing hold for nothing
      throw error;
    }
  }
}

function plainDict(dict: Dict): Record<string, unknown> {
  return Object.fromEntries([...dict].map(([key, value]) => [keyText(key), plain(value)]));
}

function plain(value: Value): unknown {
  if (isList(value)) return value.map(plain);
  return isDict(value) ? plainDict(value) : value;
}
