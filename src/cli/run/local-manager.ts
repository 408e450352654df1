import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPasswordFileOf, firstAdminPassword } from '../../bootstrap/admin-password.js';
import { createApplication } from '../../bootstrap/application.js';
import { openDatabase } from '../../bootstrap/open-database.js';
import { seedInstallation } from '../../bootstrap/seed.js';
import { identityOf } from '../../bootstrap/tls-settings.js';
import { BadParametersError } from '../../core/errors/app-error.js';
import { SystemClock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import { loadConfig } from '../../platform/config/load-config.js';
import { Log } from '../../platform/logging/log.js';
import { ManagerClient } from './manager-client.js';

const ADMIN = 'admin';

export interface LocalManagerChoice {
  /** The data folder; without one, a new folder that is removed in the end. */
  readonly data?: string | undefined;
  readonly verbose: boolean;
}

/** A whole manager in this process, without listeners: embedded database, workers, access rules and all. */
export async function withLocalManager<T>(
  { data, verbose }: LocalManagerChoice,
  work: (client: ManagerClient) => Promise<T>,
): Promise<T> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'holdfast-run-')));
  try {
    return await withManagerIn(folder, verbose, work);
  } finally {
    if (data === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function withManagerIn<T>(
  folder: string,
  verbose: boolean,
  work: (client: ManagerClient) => Promise<T>,
): Promise<T> {
  // Whoever runs it is the only one who uploads anything.
  const config = loadConfig({ env: {}, overrides: { dataDir: folder, role: 'all', operationsIsolation: 'off' } });
  const log = new Log({ level: verbose ? 'info' : 'error', directory: null });
  const database = await openDatabase(config, log, { migrate: true, whenBusy: 'refuse' });
  try {
    const app = await createApplication({
      config,
      dataSource: database.dataSource,
      log,
      clock: new SystemClock(),
      identity: identityOf(config, null),
    });
    try {
      return await work(await signedIn(app, config));
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
    await log.close();
  }
}

async function signedIn(app: NestFastifyApplication, config: AppConfig): Promise<ManagerClient> {
  await seedInstallation(app, () => firstAdminPassword(config));
  const file = adminPasswordFileOf(config);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) {
    throw new BadParametersError(
      `${file} is gone, and with it the way in: give another --data, or set a password with \`holdfast users set-password\` and write it there`,
    );
  }
  const client = new ManagerClient(app, ADMIN, text.split(/\r?\n/, 1)[0] ?? '');
  await client.signIn();
  return client;
}
