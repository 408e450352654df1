import { Injectable } from '@nestjs/common';
import { prepareParameters } from '../../../core/dsl/deployment/parameters.js';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { readJson } from '../../../core/dsl/json-values.js';
import { holdsCall } from '../../../core/dsl/functions/call.js';
import { decodePlan, jsonPieces } from '../../../core/dsl/plan-codec.js';
import type { DataTypePlan, InputSchema, InputSchemas } from '../../../core/dsl/plan.js';
import { isPrimitive } from '../../../core/dsl/schema/value-types.js';
import { isDict, type Dict, type Value } from '../../../core/dsl/values.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { ObjectLookupsService } from '../../deployments/lookups/object-lookups.service.js';
import { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import type { DeclaredWorkflow, StartableDeployment } from './startable-deployments.repository.js';

/** The parameters with which a workflow runs (orchestration §2). */
@Injectable()
export class ExecutionParameters {
  constructor(
    private readonly runtime: DeploymentRuntime,
    private readonly lookUps: ObjectLookupsService,
    private readonly blueprints: DeployableBlueprintsService,
  ) {}

  /**
   * @param given JSON text of a dictionary
   * @returns JSON text, with defaults, evaluated and converted
   * @throws AppError illegal_execution_parameters_error that names every fault
   */
  async prepare(
    ctx: TenantCtx,
    deployment: StartableDeployment,
    workflow: DeclaredWorkflow,
    given: string,
    allowCustom: boolean,
  ): Promise<string> {
    const parameters = schemasOf(readJson(workflow.parameters));
    try {
      const prepared = await prepareParameters(
        { parameters, dataTypes: await this.dataTypes(ctx, deployment, parameters) },
        dictOf(readJson(given)),
        {
          allowCustom,
          deployment: deployment.id,
          evaluate: async (value) =>
            holdsCall(value) ? this.runtime.evaluate(ctx, deployment.storageId, value) : value,
          lookUp: (lookUp) => this.lookUps.holds(ctx, lookUp),
        },
      );
      return [...jsonPieces(prepared)].join('');
    } catch (error) {
      if (!(error instanceof DslError)) throw error;
      throw new AppError('illegal_execution_parameters_error', textOf(error, workflow.name), { cause: error });
    }
  }

  /** Only a plan knows the types that a blueprint declares, and few parameters are of one. */
  private async dataTypes(
    ctx: TenantCtx,
    deployment: StartableDeployment,
    parameters: InputSchemas,
  ): Promise<ReadonlyMap<string, DataTypePlan>> {
    const isNeeded = [...parameters.values()].some((schema) => namesOf(schema).some((type) => !isPrimitive(type)));
    if (!isNeeded) return new Map();
    const bytes = await this.blueprints.encodedPlan(ctx, deployment.blueprintStorageId);
    return bytes === null ? new Map() : decodePlan(bytes).data_types;
  }
}

function namesOf({ type, item_type: itemType }: InputSchema): string[] {
  return [type, itemType].filter((name): name is string => typeof name === 'string');
}

function schemasOf(stored: Value): InputSchemas {
  const schemas = new Map<string, InputSchema>();
  for (const [name, schema] of dictOf(stored)) {
    if (typeof name === 'string') schemas.set(name, Object.fromEntries(dictOf(schema)) as InputSchema);
  }
  return schemas;
}

function dictOf(value: Value): Dict {
  return isDict(value) ? value : new Map();
}

function textOf(error: DslError, workflow: string): string {
  const faults = error.diagnostics.map(({ message }) => message);
  return `Workflow "${workflow}" must be provided with its parameters as they are declared: ${faults.join('; ')}`;
}
