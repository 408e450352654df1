import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { AppConfig } from '../../platform/config/config.js';
import { ServerIdentity } from '../../platform/tls/server-identity.js';
import type { BrokerView, DbNodeView, ManagerView } from './nodes.dto.js';
import { PRODUCT } from './product.js';

/**
 * The nodes of a single machine: one manager, one broker and one database under one address, which is how clients tell a
 * single machine from a cluster whose addresses they would store and connect to (rest-api §5.6). That holds for replicas
 * behind one address as well, and for a database server elsewhere.
 */
@Injectable()
export class NodesService {
  constructor(
    private readonly identity: ServerIdentity,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  managers(): readonly ManagerView[] {
    const { hostname, privateAddress, publicAddress, caCertificatePem } = this.identity;
    return [
      {
        id: 1,
        hostname,
        private_ip: privateAddress,
        public_ip: publicAddress,
        version: PRODUCT.version,
        edition: PRODUCT.edition,
        distribution: PRODUCT.distribution,
        distro_release: PRODUCT.distro_release,
        fs_sync_node_id: null,
        networks: { default: privateAddress },
        last_seen: this.clock.now().toISOString(),
        status_report_frequency: 0,
        ca_cert_content: caCertificatePem,
      },
    ];
  }

  /** Clients want one. None listens: the worker takes its operations from the database, so there are no credentials. */
  brokers(): readonly BrokerView[] {
    const { hostname, privateAddress } = this.identity;
    return [
      {
        name: hostname,
        host: privateAddress,
        management_host: privateAddress,
        username: null,
        password: null,
        ca_cert_content: '',
        port: 0,
        params: null,
        networks: { default: privateAddress },
        is_external: false,
      },
    ];
  }

  dbNodes(): readonly DbNodeView[] {
    const { hostname, privateAddress } = this.identity;
    return [{ name: hostname, host: privateAddress, is_external: this.config.databaseUrl !== null }];
  }
}
