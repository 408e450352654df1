import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { NotFoundError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { Allow } from '../../platform/access/decorators.js';
import { Reads } from '../../platform/http/body.decorator.js';
import { Dict, Maybe, Str } from '../../platform/http/validation.js';

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
  @ApiProperty({ type: Object }) readonly payload: Readonly<Record<string, unknown>>;
}

/** Functions are evaluated within a deployment. A manager of this release makes none, so none is ever found. */
@ApiTags('deployments')
@Controller('evaluate/functions')
export class EvaluateController {
  @Post()
  @HttpCode(200)
  @Allow('functions_evaluate', { tenant: 'required' })
  @Reads('json')
  @ApiOperation({ summary: 'Evaluate functions in a deployment' })
  @ApiOkResponse({ type: EvaluatedFunctions })
  @ApiNotFoundResponse({ description: 'There is no such deployment' })
  evaluate(@Body() { deployment_id: id }: EvaluateFunctions): never {
    throw new NotFoundError('Deployment', printable(id));
  }
}
