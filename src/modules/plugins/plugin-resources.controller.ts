import { Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CodelessError } from '../../core/errors/app-error.js';
import { Allow, CurrentAccess } from '../../platform/access/decorators.js';
import { Directory } from '../../platform/access/directory.js';
import type { RequestAccess } from '../../platform/access/request-access.js';
import { wideReach } from '../../platform/access/wide-reach.js';
import type { FileDownload } from '../../platform/http/json-stream.js';
import { PluginsService } from './plugins.service.js';

/** The file server's part for plugins (rest-api §3.12, §3.20); outside of the API's prefix. */
@ApiTags('resources')
@Controller('resources/plugins')
export class PluginResourcesController {
  constructor(
    private readonly plugins: PluginsService,
    private readonly directory: Directory,
  ) {}

  /**
   * The path names no tenant, and pages that show an icon name none either: what counts is where the caller may read
   * plugins, an execution in its own tenant.
   */
  @Get(':id/:name')
  @HttpCode(200)
  @Allow('authenticated', { tenant: 'optional' })
  @ApiOperation({ summary: "Read a plugin's icon or one of its YAML files" })
  @ApiOkResponse({
    content: {
      'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
      'image/png': { schema: { type: 'string', format: 'binary' } },
    },
  })
  @ApiNotFoundResponse({ description: 'Absent or hidden' })
  async get(
    @CurrentAccess() access: RequestAccess,
    @Param('id') id: string,
    @Param('name') name: string,
  ): Promise<FileDownload> {
    const { execution } = access.identity;
    const reach =
      execution === undefined
        ? await wideReach(this.directory, access, 'plugin_get')
        : { tenantIds: [execution.tenantId], administeredTenantIds: [] };
    const file = await this.plugins.resource({ ...access.ctx, reach }, id, name);
    if (!file) throw new CodelessError(404, 'The requested file was not found');
    return file;
  }
}
