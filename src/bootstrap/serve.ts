import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { existsSync } from 'node:fs';
import { AuditStreamService } from '../modules/audit/api/audit-stream.service.js';
import { EventStreams } from '../modules/executions/events/event-stream.service.js';
import { SystemClock } from '../platform/clock/clock.js';
import type { AppConfig } from '../platform/config/config.js';
import { Log } from '../platform/logging/log.js';
import { createListeners, type Listeners } from '../platform/tls/listeners.js';
import { TlsMaterials } from '../platform/tls/tls-materials.js';
import { adminPasswordFileOf, firstAdminPassword } from './admin-password.js';
import { createApplication } from './application.js';
import { openDatabase, type OpenDatabase } from './open-database.js';
import { seedInstallation } from './seed.js';
import { identityOf, tlsOptionsOf } from './tls-settings.js';

/** What start-up has opened so far, in that order; closing goes backwards. */
class Opened {
  private readonly closers: (() => Promise<unknown>)[] = [];

  add(close: () => Promise<unknown>): void {
    this.closers.push(close);
  }

  async close(log: Log): Promise<void> {
    for (const close of this.closers.toReversed()) {
      await close().catch((error: unknown) => log.error('something could not be closed properly', { error }));
    }
  }
}

export interface Running {
  /** Resolves with the exit code when the manager has stopped, by request or for want of its database. */
  readonly ended: Promise<number>;
}

/** Starts the manager as the settings say, and prints the one line `ready https://…` when it answers. */
export async function serve(config: AppConfig, print: (line: string) => void): Promise<Running> {
  const log = new Log({ level: config.logLevel, directory: config.logDirectory });
  const opened = new Opened();
  opened.add(() => log.close());
  try {
    const database = await openDatabase(config, log, { migrate: true, whenBusy: 'refuse' });
    opened.add(() => database.close());
    const clock = new SystemClock();
    const tls = tlsOptionsOf(config);
    const materials = await TlsMaterials.open(tls, { clock, log });
    opened.add(() => materials.close());

    const app = await createApplication({
      config,
      dataSource: database.dataSource,
      log,
      clock,
      identity: identityOf(config, materials),
    });
    opened.add(() => app.close());
    const isNew = await seedInstallation(app, () => firstAdminPassword(config));

    const listeners = await listen(app, config, { tls, materials, log });
    opened.add(() => listeners.listeners.stop(config.drainSeconds * 1_000));
    // Streams end by themselves never: they would hold the drain for all of its time.
    opened.add(() => app.get(AuditStreamService, { strict: false }).close());
    opened.add(() => app.get(EventStreams, { strict: false }).close());
    materials.follow();
    for (const line of greeting(config, { url: listeners.url, isNew, materials })) print(line);
    print(`ready ${listeners.url}`);
    return { ended: untilTheEnd(opened, database, log) };
  } catch (error) {
    await opened.close(log);
    throw error;
  }
}

async function listen(
  app: NestFastifyApplication,
  config: AppConfig,
  parts: { readonly tls: ReturnType<typeof tlsOptionsOf>; readonly materials: TlsMaterials; readonly log: Log },
): Promise<{ readonly listeners: Listeners; readonly url: string }> {
  const fastify = app.getHttpAdapter().getInstance();
  const host = config.bindAddress;
  const listeners = createListeners(
    {
      ...parts,
      external: { host, port: config.port },
      internal: { host, port: config.internalPort },
      limits: { maxConnections: config.maxConnections },
    },
    (request, response) => fastify.routing(request, response),
  );
  const { external } = await listeners.start();
  const scheme = config.tls === 'on' ? 'https' : 'http';
  const name = config.publicAddress ?? config.externalAddresses[0] ?? 'localhost';
  return { listeners, url: `${scheme}://${name.includes(':') ? `[${name}]` : name}:${external.port}` };
}

/** SIGTERM and SIGINT drain and end with 0; a database server of ours that dies ends with 1. */
async function untilTheEnd(opened: Opened, database: OpenDatabase, log: Log): Promise<number> {
  const stopped = Promise.withResolvers<number>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('stopping', { signal });
      stopped.resolve(0);
    });
  }
  void database.embedded?.unexpectedExit.then((error) => {
    log.error('the database server ended by itself', { error });
    stopped.resolve(1);
  });
  const code = await stopped.promise;
  await opened.close(log);
  return code;
}

function greeting(
  config: AppConfig,
  { url, isNew, materials }: { readonly url: string; readonly isNew: boolean; readonly materials: TlsMaterials },
): string[] {
  const passwordFile = config.adminPasswordFile ?? adminPasswordFileOf(config);
  const { file, fingerprint256 } = materials.trust;
  const lines = [
    `Holdfast Manager ${isNew ? 'is set up' : 'has started'}.`,
    `  URL          ${url}`,
    `  CA file      ${file}`,
    `  fingerprint  ${fingerprint256}`,
  ];
  if (!existsSync(passwordFile)) return lines;
  const curl = `curl --cacert ${file} -u "admin:$(head -n 1 ${passwordFile})"`;
  return [
    ...lines,
    `  password     ${passwordFile} (user admin; change it, then remove the file)`,
    'Try:',
    `  curl --cacert ${file} ${url}/api/version`,
    `  ${curl} ${url}/api/v3.1/user`,
    `  ${curl} -H "Tenant: default_tenant" ${url}/api/v3.1/secrets`,
  ];
}
