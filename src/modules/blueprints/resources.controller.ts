import { Controller, Get, HttpCode, Query, Req } from '@nestjs/common';
import {
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { looseBoolean, type QueryValues } from '../../core/listing/query-values.js';
import { Allow, CurrentAccess } from '../../platform/access/decorators.js';
import type { RequestAccess } from '../../platform/access/request-access.js';
import type { FileDownload } from '../../platform/http/json-stream.js';
import { readResourcePath } from './resource-path.js';
import { absent, ResourcesService, type FolderListing } from './resources.service.js';

/** The file server (rest-api §3.20); outside of the API's prefix. */
@ApiTags('resources')
@Controller('resources')
export class ResourcesController {
  constructor(private readonly resources: ResourcesService) {}

  @Get('*')
  @HttpCode(200)
  @Allow('authenticated', { tenant: 'optional' })
  @ApiOperation({
    summary: 'Read a file or folder of a blueprint',
    description: 'A path that ends with `/` lists the folder, or packs it with `?archive=true`.',
  })
  @ApiParam({ name: 'path', type: String, example: 'blueprints/default_tenant/hello/blueprint.yaml' })
  @ApiQuery({ name: 'archive', type: Boolean, required: false })
  @ApiOkResponse({
    content: {
      'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
      'image/png': { schema: { type: 'string', format: 'binary' } },
      'application/json': { schema: { type: 'object', additionalProperties: { type: 'string' } } },
    },
  })
  @ApiForbiddenResponse({ description: 'No `file_server_auth` in the tenant of the path' })
  @ApiNotFoundResponse({ description: 'Absent or hidden' })
  async get(
    @CurrentAccess() access: RequestAccess,
    @Req() request: FastifyRequest,
    @Query() query: QueryValues,
  ): Promise<FileDownload | FolderListing> {
    const asArchive = looseBoolean(query, 'archive');
    const wanted = readResourcePath(request.originalUrl);
    if (!wanted) throw absent();
    return this.resources.open(access, wanted, asArchive);
  }
}
