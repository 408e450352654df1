import { Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiMethodNotAllowedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AppError } from '../../core/errors/app-error.js';
import { listed, type Listed } from '../../core/listing/listed.js';
import type { Listing } from '../../core/listing/listing.js';
import { Allow } from '../../platform/access/decorators.js';
import { Audited } from '../../platform/audit/audited.decorator.js';
import { CurrentListing, Lists } from '../../platform/listing/listing.decorator.js';
import { BROKER_FIELDS, BrokerPage, DB_NODE_FIELDS, DbNodePage, MANAGER_FIELDS, ManagerPage } from './nodes.dto.js';
import { NodesService } from './nodes.service.js';

const SINGLE = 'A single machine: not offered here';

/** The nodes of the cluster, which has one of each; adding and removing is not offered (rest-api §3.19). */
@ApiTags('cluster')
@Controller()
export class NodesController {
  constructor(private readonly nodes: NodesService) {}

  @Get('managers')
  @HttpCode(200)
  @Allow('manager_get', { tenant: 'optional' })
  @Lists({ resource: 'Manager', fields: MANAGER_FIELDS })
  @ApiOperation({ summary: 'List the managers: this one' })
  @ApiOkResponse({ type: ManagerPage })
  managers(@CurrentListing() listing: Listing): Listed {
    return listed(this.nodes.managers(), MANAGER_FIELDS, listing);
  }

  @Post('managers')
  @HttpCode(200)
  @Allow('manager_manage', { tenant: 'optional' })
  @Audited('manager.create')
  @ApiOperation({ summary: 'Add a manager' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  addManager(): never {
    throw notOffered();
  }

  @Put('managers/:hostname')
  @HttpCode(200)
  @Allow('manager_manage', { tenant: 'optional' })
  @Audited('manager.update')
  @ApiOperation({ summary: 'Change a manager' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  changeManager(): never {
    throw notOffered();
  }

  @Delete('managers/:hostname')
  @HttpCode(200)
  @Allow('manager_manage', { tenant: 'optional' })
  @Audited('manager.delete')
  @ApiOperation({ summary: 'Remove a manager' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  removeManager(): never {
    throw notOffered();
  }

  @Get('brokers')
  @HttpCode(200)
  @Allow('broker_get', { tenant: 'optional' })
  @Lists({ resource: 'Broker', fields: BROKER_FIELDS })
  @ApiOperation({ summary: 'List the brokers' })
  @ApiOkResponse({ type: BrokerPage })
  brokers(@CurrentListing() listing: Listing): Listed {
    return listed(this.nodes.brokers(), BROKER_FIELDS, listing);
  }

  @Post('brokers')
  @HttpCode(200)
  @Allow('broker_manage', { tenant: 'optional' })
  @Audited('broker.create')
  @ApiOperation({ summary: 'Add a broker' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  addBroker(): never {
    throw notOffered();
  }

  @Put('brokers/:name')
  @HttpCode(200)
  @Allow('broker_manage', { tenant: 'optional' })
  @Audited('broker.update')
  @ApiOperation({ summary: 'Change a broker' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  changeBroker(): never {
    throw notOffered();
  }

  @Delete('brokers/:name')
  @HttpCode(200)
  @Allow('broker_manage', { tenant: 'optional' })
  @Audited('broker.delete')
  @ApiOperation({ summary: 'Remove a broker' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  removeBroker(): never {
    throw notOffered();
  }

  @Get('db-nodes')
  @HttpCode(200)
  @Allow('db_nodes_get', { tenant: 'optional' })
  @Lists({ resource: 'DbNode', fields: DB_NODE_FIELDS })
  @ApiOperation({ summary: 'List the database nodes' })
  @ApiOkResponse({ type: DbNodePage })
  dbNodes(@CurrentListing() listing: Listing): Listed {
    return listed(this.nodes.dbNodes(), DB_NODE_FIELDS, listing);
  }

  @Post('db-nodes')
  @HttpCode(200)
  @Allow('cluster_node_config_update', { tenant: 'optional' })
  @Audited('db_node.update')
  @ApiOperation({ summary: 'Read the database nodes again' })
  @ApiMethodNotAllowedResponse({ description: SINGLE })
  changeDbNodes(): never {
    throw notOffered();
  }
}

function notOffered(): AppError {
  return new AppError('method_not_allowed_error', 'Nodes cannot be managed here: this manager is a single machine');
}
