import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-openapi-'));
  const config = loadConfig({ env: {}, overrides: { dataDir } });
  const dataSource = createAppDataSource({
    connection: { host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' },
    entities: ALL_ENTITIES,
    poolSize: 1,
    log,
  });
  try {
    const identity = identityOf(config, null);
    return buildOpenApi(await assembleApplication({ config, dataSource, log, clock: new SystemClock(), identity }));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
