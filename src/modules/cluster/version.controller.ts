import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../../platform/access/decorators.js';
import { PRODUCT } from './product.js';
import { VersionView } from './status.dto.js';

const ANSWER: VersionView = {
  edition: PRODUCT.edition,
  version: PRODUCT.version,
  build: PRODUCT.build,
  date: null,
  commit: null,
  distribution: PRODUCT.distribution,
  distro_release: PRODUCT.distro_release,
};

/** Open, with and without the version segment: the first thing that a client asks (rest-api §1.1, §2.7). */
@ApiTags('status')
@Controller(['version', 'api/version'])
export class VersionController {
  @Get()
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Show edition and version' })
  @ApiOkResponse({ type: VersionView })
  version(): VersionView {
    return ANSWER;
  }
}
