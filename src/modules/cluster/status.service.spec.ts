import { jest } from '@jest/globals';
import { AppConfig, type ServeRole } from '../../platform/config/config.js';
import type { Log } from '../../platform/logging/log.js';
import type { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import type { ProcessPresence } from './process-presence.js';
import type { ProcessRepository } from './process.repository.js';
import { StatusService } from './status.service.js';

function service(
  rolesAlive: () => Promise<ReadonlySet<string>>,
  ownRoles: readonly ServeRole[],
  databaseUrl: string | null = null,
): StatusService {
  return new StatusService(
    { rolesAlive } as unknown as ProcessRepository,
    { ownRoles } as unknown as ProcessPresence,
    { integer: () => 4 } as unknown as RuntimeSettings,
    Object.assign(new AppConfig(), { databaseUrl }),
    { warn: () => undefined } as unknown as Log,
  );
}

async function inactive(status: StatusService): Promise<string[]> {
  return (await status.services()).filter(({ isActive }) => !isActive).map(({ name }) => name);
}

describe('what runs', () => {
  it('is everything in a process that plays every role', async () => {
    const status = service(() => Promise.resolve(new Set()), ['api', 'worker', 'scheduler']);
    expect((await status.services()).map(({ name, isActive, isRemote }) => [name, isActive, isRemote])).toEqual([
      ['Webserver', true, false],
      ['Manager Rest-Service', true, false],
      ['Cloudify API', true, false],
      ['Management Worker', true, false],
      ['Cloudify Execution Scheduler', true, false],
      ['PostgreSQL', true, false],
    ]);
  });

  it('counts roles that other processes play, and misses those that none does', async () => {
    const status = service(() => Promise.resolve(new Set(['api', 'worker'])), ['api'], 'postgres://elsewhere/db');
    expect(await inactive(status)).toEqual(['Cloudify Execution Scheduler']);
    const remote = (await status.services()).filter(({ isRemote }) => isRemote).map(({ name }) => name);
    expect(remote).toEqual(['Management Worker', 'Cloudify Execution Scheduler', 'PostgreSQL']);
  });

  it('knows no other process without the database', async () => {
    const status = service(() => Promise.reject(new Error('refused')), ['api']);
    expect(await inactive(status)).toEqual(['Management Worker', 'Cloudify Execution Scheduler', 'PostgreSQL']);
    expect(await status.isWell()).toBe(false);
  });
});

describe('a database that does not answer', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is given up after the monitoring timeout, and is asked by one caller for all', async () => {
    let looks = 0;
    const gate = Promise.withResolvers<ReadonlySet<string>>();
    const status = service(() => {
      looks += 1;
      return gate.promise;
    }, ['api']);
    const answers = Promise.all(Array.from({ length: 100 }, () => status.isWell()));
    await jest.advanceTimersByTimeAsync(4_000);
    expect(new Set(await answers)).toEqual(new Set([false]));
    expect(looks).toBe(1);
    gate.resolve(new Set(['api']));
    await gate.promise;
    expect(await status.isWell()).toBe(true);
  });
});
