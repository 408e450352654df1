import { Body, Controller, Delete, Get, HttpCode, Post, Put, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AppError, CodelessError, ConflictError } from '../../core/errors/app-error.js';
import { listed, type Listed } from '../../core/listing/listed.js';
import type { Listing } from '../../core/listing/listing.js';
import { Allow, CurrentCtx } from '../../platform/access/decorators.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { Reads } from '../../platform/http/body.decorator.js';
import { streamOf } from '../../platform/http/body-reader.js';
import { CurrentListing, Lists } from '../../platform/listing/listing.decorator.js';
import { assertLicenceText, LICENCE } from './licence.js';
import { CreateLicence, LICENCE_FIELDS, LicencePage, LicenceView } from './licence.dto.js';

/** Licences are about two KiB. */
const MAX_LICENCE_BYTES = 64 * 1024;

/** Clients ask whether there is a licence; there always is one (rest-api §1.18). What they upload is not needed. */
@ApiTags('license')
@Controller()
export class LicenceController {
  constructor(private readonly audit: AuditSink) {}

  @Get('license')
  @HttpCode(200)
  @Allow('license_list', { tenant: 'optional' })
  @Lists({ resource: 'License', fields: LICENCE_FIELDS })
  @ApiOperation({ summary: 'List the licence' })
  @ApiOkResponse({ type: LicencePage })
  list(@CurrentListing() listing: Listing): Listed {
    return listed([LICENCE], LICENCE_FIELDS, listing);
  }

  @Get('license-check')
  @HttpCode(200)
  @Allow('authenticated', { tenant: 'optional' })
  @ApiOperation({ summary: 'Is there a valid licence? Always' })
  @ApiOkResponse({ schema: { type: 'string', enum: ['OK'] } })
  check(): string {
    return 'OK';
  }

  @Put('license')
  @HttpCode(200)
  @Allow('license_upload', { tenant: 'optional' })
  @Audited('license.upload')
  @Reads('stream')
  @ApiOperation({ summary: 'Upload a licence; it is not needed, and not kept' })
  @ApiConsumes('text/plain')
  @ApiBody({ schema: { type: 'string', description: 'YAML' } })
  @ApiOkResponse({ type: LicenceView })
  async upload(@CurrentCtx() ctx: Ctx, @Req() request: FastifyRequest): Promise<LicenceView> {
    assertLicenceText(await textOf(request));
    await this.record(ctx, 'license.upload', 'update');
    return LICENCE;
  }

  @Post('license')
  @HttpCode(200)
  @Allow('license_upload', { tenant: 'optional' })
  @Audited('license.create')
  @Reads('json')
  @ApiOperation({ summary: 'Ask for a trial licence: there is one already' })
  @ApiOkResponse({ type: LicenceView })
  create(@Body() _input: CreateLicence): never {
    throw new ConflictError('There is a licence already');
  }

  @Delete('license')
  @HttpCode(204)
  @Allow('license_remove', { tenant: 'optional' })
  @Audited('license.delete')
  @ApiOperation({ summary: 'Remove an uploaded licence: none is kept, so nothing changes' })
  @ApiNoContentResponse()
  async remove(@CurrentCtx() ctx: Ctx): Promise<void> {
    await this.record(ctx, 'license.delete', 'delete');
  }

  private record(ctx: Ctx, action: string, operation: 'update' | 'delete'): Promise<void> {
    return this.audit.record(ctx, { action, operation, outcome: 'success', refTable: 'licenses', refId: null });
  }
}

/** @throws CodelessError 413; AppError invalid_yaml_format when it is no UTF-8. */
async function textOf(request: FastifyRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of streamOf(request)) {
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > MAX_LICENCE_BYTES) {
      throw new CodelessError(413, `A licence is not larger than ${MAX_LICENCE_BYTES} bytes`, { connection: 'close' });
    }
    chunks.push(buffer);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new AppError('invalid_yaml_format', 'The licence is not UTF-8 text', { cause });
  }
}
