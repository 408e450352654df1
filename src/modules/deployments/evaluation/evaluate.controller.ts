import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { Allow, CurrentTenantCtx } from '../../../platform/access/decorators.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import { Dict, Maybe, Str } from '../../../platform/http/validation.js';
import { DeploymentValuesService } from './deployment-values.service.js';

/** Body of `POST /evaluate/functions` (rest-api §3.19). */
export class EvaluateFunctions {
  @ApiProperty() @Str() readonly deployment_id: string;
  @ApiProperty({ type: Object }) @Dict() readonly payload: Readonly<Record<string, unknown>>;
  @ApiProperty({ type: Object, required: false, nullable: true, description: '`self`, `source`, `target`' })
  @Maybe()
  @Dict()
  readonly context?: Readonly<Record<string, unknown>> | null;
}

class EvaluatedFunctions {
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty({ type: Object }) readonly payload: unknown;
}

/** Functions are evaluated within a deployment, in the name of a node instance or a relationship of it. */
@ApiTags('deployments')
@Controller('evaluate/functions')
export class EvaluateController {
  constructor(private readonly values: DeploymentValuesService) {}

  @Post()
  @HttpCode(200)
  @Allow('functions_evaluate', { tenant: 'required' })
  @Reads('json')
  @ApiOperation({ summary: 'Evaluate functions in a deployment' })
  @ApiOkResponse({ type: EvaluatedFunctions })
  @ApiNotFoundResponse({ description: 'There is no such deployment' })
  async evaluate(
    @CurrentTenantCtx() ctx: TenantCtx,
    @Body() { deployment_id: id, payload, context }: EvaluateFunctions,
  ): Promise<EvaluatedFunctions> {
    const names = context ?? {};
    return {
      deployment_id: id,
      payload: await this.values.evaluate(ctx, id, payload, {
        self: nameIn(names, 'self'),
        source: nameIn(names, 'source'),
        target: nameIn(names, 'target'),
      }),
    };
  }
}

function nameIn(context: Readonly<Record<string, unknown>>, role: string): string | null {
  const value = (Object.hasOwn(context, role) ? context[role] : null) ?? null;
  if (value !== null && typeof value !== 'string') {
    throw new BadParametersError(`The context's \`${role}\` is the id of a node instance`);
  }
  return value;
}
