import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '../access/decorators.js';
import { OpenApiDocument } from './openapi-document.js';

@ApiTags('openapi')
@Controller('openapi.json')
export class OpenApiController {
  constructor(private readonly document: OpenApiDocument) {}

  @Get()
  @HttpCode(200)
  @Allow('authenticated', { tenant: 'none' })
  @ApiOperation({ summary: 'This API as an OpenAPI 3.1 document' })
  @ApiOkResponse({ schema: { type: 'object' } })
  get(): object {
    return this.document.get();
  }
}
