import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from '../bootstrap/application.js';
import { openDatabase } from '../bootstrap/open-database.js';
import { identityOf } from '../bootstrap/tls-settings.js';
import { SystemClock } from '../platform/clock/clock.js';
import type { AppConfig } from '../platform/config/config.js';
import { withRole } from '../platform/config/load-config.js';
import { Log } from '../platform/logging/log.js';

/**
 * Runs a command against an installation, with everything the manager has but its listeners and workers. A manager that
 * is running goes on; with the embedded database the command uses its server.
 */
export async function withApplication<T>(
  config: AppConfig,
  options: { readonly migrate: boolean },
  work: (app: NestFastifyApplication) => Promise<T>,
): Promise<T> {
  const log = new Log({ level: 'warn', directory: null });
  const commandConfig = withRole(config, 'scheduler');
  const database = await openDatabase(commandConfig, log, { ...options, whenBusy: 'share' });
  try {
    const app = await createApplication({
      config: commandConfig,
      dataSource: database.dataSource,
      log,
      clock: new SystemClock(),
      identity: identityOf(commandConfig, null),
    });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}
