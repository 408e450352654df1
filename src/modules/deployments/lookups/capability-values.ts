import { Injectable } from '@nestjs/common';
import { evaluateCapabilities } from '../../../core/dsl/functions/run-time.js';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { parseConstraints, type NamePattern } from '../../../core/filters/constraints.js';
import { keyText } from '../../../core/dsl/values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { dictOf } from '../evaluation/database-store.js';
import { EvaluationStores } from '../evaluation/evaluation-stores.js';

/** Whether a value is that of a capability of a deployment (dsl.md §8.3, `capability_value`). */
@Injectable()
export class CapabilityValues {
  constructor(private readonly stores: EvaluationStores) {}

  async holds(
    ctx: TenantCtx,
    deployment: string,
    value: string,
    conditions: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const store = await this.stores.of(ctx, { id: deployment });
    if (store === null) return false;
    const { namePattern, validValues } = parseConstraints(conditions);
    const wanted = [...dictOf(store.deployment.capabilities)].filter(([name]) => fits(keyText(name), namePattern));
    if (validValues !== null && !validValues.includes(value)) return false;
    try {
      return [...(await evaluateCapabilities(new Map(wanted), store)).values()].includes(value);
    } catch (error) {
      if (error instanceof DslError) return false;
      throw error;
    }
  }
}

function fits(name: string, patterns: ReadonlyMap<NamePattern, string>): boolean {
  return [...patterns].every(([operator, text]) => {
    switch (operator) {
      case 'contains':
        return name.includes(text);
      case 'starts_with':
        return name.startsWith(text);
      case 'ends_with':
        return name.endsWith(text);
      case 'equals_to':
        return name === text;
    }
  });
}
