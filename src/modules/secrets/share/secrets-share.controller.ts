import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { QueryValues } from '../../../core/listing/query-values.js';
import { Allow, CurrentCtx, ListCtx } from '../../../platform/access/decorators.js';
import { Audited } from '../../../platform/audit/audited.decorator.js';
import type { Ctx, ReachCtx } from '../../../platform/context/ctx.js';
import { Reads } from '../../../platform/http/body.decorator.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ExportedSecretModel, ImportResultModel, ImportSecrets } from './share.dto.js';
import { SecretsExportService, type ExportedSecret } from './secrets-export.service.js';
import { SecretsImportService, type ImportResult } from './secrets-import.service.js';

/** An import is an upload in the form of JSON: what an export of some 50,000 secrets takes. */
const MAX_IMPORT_BYTES = 16 * 1024 * 1024;

const optional = { required: false } as const;

/** Export and import of secrets (rest-api §2.6). */
@ApiTags('secrets')
@Controller('secrets/share')
export class SecretsShareController {
  constructor(
    private readonly exports: SecretsExportService,
    private readonly imports: SecretsImportService,
  ) {}

  @Get('export')
  @HttpCode(200)
  // Every tenant that is exported from asks for the permission to export, not only to list.
  @Allow('secret_export', { tenant: 'required', allTenants: 'secret_export' })
  @ApiOperation({ summary: 'Export secrets with their values, encrypted where a passphrase is given' })
  @ApiQuery({ name: '_passphrase', type: String, ...optional })
  @ApiQuery({ name: '_include_metadata', type: String, ...optional, description: 'Any text: with creator and dates' })
  @ApiQuery({ name: '_include', type: String, ...optional, description: 'Fields, separated by commas' })
  @ApiQuery({ name: '_search', type: String, ...optional, description: 'Text that the key contains, in any casing' })
  @ApiQuery({ name: '_all_tenants', type: Boolean, ...optional })
  @ApiOkResponse({ type: ExportedSecretModel, isArray: true })
  export(
    @ListCtx() ctx: ReachCtx,
    @Query() query: QueryValues,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<readonly ExportedSecret[] | JsonStream> {
    reply.header('cache-control', 'no-store');
    return this.exports.export(ctx, query);
  }

  @Post('import')
  @HttpCode(200)
  @Allow('secret_import', { tenant: 'optional' })
  @Audited('secret.import')
  @Reads('json', { maxBytes: MAX_IMPORT_BYTES })
  @ApiOperation({ summary: 'Import secrets that this manager or the original exported' })
  @ApiOkResponse({ type: ImportResultModel })
  import(@CurrentCtx() ctx: Ctx, @Body() input: ImportSecrets): Promise<ImportResult> {
    return this.imports.import(ctx, input);
  }
}
