import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AppError } from '../../core/errors/app-error.js';
import { Allow } from '../../platform/access/decorators.js';
import { SignInMethods } from '../../platform/access/sign-in-methods.js';
import { Audited } from '../../platform/audit/audited.decorator.js';

/** How people sign in here, and the form of an edition that this is not (rest-api §3.19). */
@ApiTags('sign-in')
@Controller()
export class SignInController {
  constructor(private readonly methods: SignInMethods) {}

  @Get('idp')
  @HttpCode(200)
  @Allow('identity_provider_get', { tenant: 'optional' })
  @ApiOperation({ summary: 'Show where users come from: `local`, or the names of the directories' })
  @ApiOkResponse({ schema: { type: 'string', example: 'local' } })
  identityProvider(): string {
    return this.methods.names().join(',') || 'local';
  }

  @Get('ldap')
  @HttpCode(200)
  @Allow('ldap_status_get', { tenant: 'optional' })
  @ApiOperation({ summary: 'Is LDAP in use?' })
  @ApiOkResponse({ schema: { type: 'string', enum: ['enabled', 'disabled'] } })
  ldap(): string {
    return this.methods.names().includes('ldap') ? 'enabled' : 'disabled';
  }

  @Post('contacts')
  @HttpCode(200)
  @Allow('community_contact_create', { tenant: 'optional' })
  @Audited('contact.create')
  @ApiOperation({ summary: 'The contact form of the community edition' })
  @ApiNotFoundResponse({ description: 'This is no community edition' })
  contact(): never {
    throw new AppError('community_only_error', 'This endpoint was not found: it exists only in the community edition');
  }
}
