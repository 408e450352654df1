import { SystemClock } from '../platform/clock/clock.js';
import { loadConfig } from '../platform/config/load-config.js';
import { createAppDataSource } from '../platform/database/data-source.js';
import { Log } from '../platform/logging/log.js';
import { assembleApplication } from './application.js';
import { ALL_ENTITIES } from './entities.js';
import { buildOpenApi } from './openapi-document.js';
import { identityOf } from './tls-settings.js';

/** The document without a running manager: the application is put together, but nothing is opened. */
export async function openApiDocument(): Promise<object> {
  const log = new Log({ level: 'error', directory: null });
  const config = loadConfig({ env: {} });
  const dataSource = createAppDataSource({
    connection: { host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' },
    entities: ALL_ENTITIES,
    poolSize: 1,
    log,
  });
  const app = await assembleApplication({
    config,
    dataSource,
    log,
    clock: new SystemClock(),
    identity: identityOf(config, null),
  });
  return buildOpenApi(app);
}
