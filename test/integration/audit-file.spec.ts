import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AuditEvent } from '../../src/platform/audit/audit-sink.js';
import { actorCtx, AuditWorld, event, type AuditProcess } from './audit-world.js';
import { isLongRun } from '../support/random.js';

/** 25 MB at a limit of 1 MB with HOLDFAST_TEST_LONG=1, a tenth of both as a rule. */
const SCALE = isLongRun ? 1 : 0.1;

interface Line {
  readonly seq?: number;
  readonly level: string;
  readonly action?: string;
  readonly details?: { readonly number: number };
  readonly checkpoint?: { readonly seq: number };
}

describe('the audit file', () => {
  let world: AuditWorld;

  beforeEach(async () => {
    world = await AuditWorld.create();
  });

  afterEach(async () => {
    await world.close();
  });

  const names = async (): Promise<string[]> => (await readdir(path.dirname(world.file))).toSorted(byNumber);

  /** Every line there is, oldest first. A torn one would not parse. */
  const lines = async (): Promise<Line[]> => {
    const texts: string[] = [];
    for (const name of (await names()).toReversed()) {
      const text = await readFile(path.join(path.dirname(world.file), name), 'utf8');
      if (text !== '') expect(text.endsWith('\n')).toBe(true);
      texts.push(...text.split('\n').slice(0, -1));
    }
    return texts.map((text): Line => JSON.parse(text));
  };

  const recordSeqs = async (): Promise<number[]> =>
    (await lines()).map(({ seq }) => seq).filter((seq) => seq !== undefined);

  it('takes 25 MB of events from parallel writers at a limit of 1 MB: right names, right sizes, no line lost or torn', async () => {
    const maxBytes = Math.round(1024 ** 2 * SCALE);
    const total = Math.round(16_000 * SCALE) * 2;
    const first = await world.process({ maxBytes, backups: 100 });
    const second = await world.process({ maxBytes, backups: 100 });
    await whileWriting(
      first,
      Promise.all([first.recordMany(total / 2, bulky(0), 32), second.recordMany(total / 2, bulky(total / 2), 32)]),
    );

    const found = await lines();
    const numbers = found.map((line) => line.details?.number).filter((number) => number !== undefined);
    expect(numbers.length).toBe(total);
    expect(new Set(numbers).size).toBe(total);
    expect(await recordSeqs()).toEqual(Array.from({ length: total }, (_, index) => index + 1));

    const all = await names();
    expect(all).toEqual([
      'audit.log',
      ...Array.from({ length: all.length - 1 }, (_, index) => `audit.log.${index + 1}`),
    ]);
    const sizes = await Promise.all(
      all.map(async (name) => (await stat(path.join(path.dirname(world.file), name))).size),
    );
    for (const size of sizes) expect(size).toBeLessThanOrEqual(maxBytes);
    for (const size of sizes.slice(1)) expect(size).toBeGreaterThan(maxBytes * 0.95);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(24 * 1024 ** 2 * SCALE);
  }, 120_000);

  it('keeps as many renamed files as it was told to, the youngest ones', async () => {
    const one = await world.process({ maxBytes: 20_000, backups: 3 });
    await whileWriting(
      one,
      one.recordMany(400, (number) => ({ details: { number } })),
    );
    expect(await names()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2', 'audit.log.3']);
    const seqs = await recordSeqs();
    expect(seqs.at(-1)).toBe(400);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => 401 - seqs.length + index));
  });

  it('lets in what the level asks for, and checkpoints always', async () => {
    const one = await world.process({ level: 'WARNING' });
    await one.sink.record(actorCtx('ada'), event());
    await one.sink.record(
      actorCtx('ada'),
      event({ operation: 'read', action: 'blueprint.read', refTable: 'blueprints' }),
    );
    await one.sink.record(actorCtx('ada'), event({ operation: 'denied', outcome: 'denied', action: 'request.denied' }));
    await one.sink.record(
      actorCtx('ada'),
      event({ operation: 'other', outcome: 'failure', action: 'vault.integrity_failure' }),
    );
    await one.worker.round();
    const found = await lines();
    expect(found.map((line) => [line.level, line.action ?? 'checkpoint'])).toEqual([
      ['WARNING', 'request.denied'],
      ['CRITICAL', 'vault.integrity_failure'],
      ['INFO', 'checkpoint'],
    ]);
  });

  it('goes on exactly where it stopped, whether the line or the note about it was written last', async () => {
    const one = await world.process();
    await one.recordMany(20, () => ({}));
    await one.worker.round();
    await one.worker.stop();
    await world.asOwner('UPDATE audit_file_state SET record_seq = 12, checkpoint_seq = 0'); // as if it died between the two
    const next = await world.process();
    await next.recordMany(5, () => ({}));
    await next.worker.round();
    expect(await recordSeqs()).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect((await lines()).filter(({ checkpoint }) => checkpoint)).toHaveLength(1);
  });

  it('is not led astray by the file of another installation', async () => {
    await mkdir(path.dirname(world.file), { recursive: true });
    await writeFile(world.file, `{"seq":500,"level":"INFO","hash":"${'00'.repeat(32)}"}\nnot ours\n`);
    const one = await world.process();
    await one.recordMany(3, () => ({}));
    await one.worker.round();
    const text = await readFile(world.file, 'utf8');
    expect(text.split('\n').filter((line) => /"seq":[123],"id"/.test(line))).toHaveLength(3);
  });

  it('cannot be written at the start: the manager refuses and names the path', async () => {
    await writeFile(path.join(world.folder, 'log'), 'a file where a folder should be');
    const one = await world.process();
    await expect(one.worker.onApplicationBootstrap()).rejects.toThrow(world.file);
  });

  it('fails later: the alarm is raised once, records wait in the database, and every line comes when it is back', async () => {
    const one = await world.process();
    await one.recordMany(10, () => ({}));
    await one.worker.round();
    await breakFile(world);
    await one.recordMany(10, () => ({}));
    await one.worker.round();
    await one.worker.round();
    expect(one.log.at('error')).toEqual([expect.objectContaining({ file: world.file })]);
    expect(one.health.figures()).toMatchObject({ fileFailures: 2, fileFailedSince: expect.any(Date) });
    await mendFile(world);
    await one.worker.round();
    expect(await recordSeqs()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(one.health.figures().fileFailedSince).toBeNull();
  });

  it('is strict when told so: nothing is recorded while it is down, by any process', async () => {
    const writer = await world.process({ isStrict: true });
    const other = await world.process({ isStrict: true });
    await writer.sink.record(actorCtx('ada'), event());
    await writer.worker.round();
    await breakFile(world);
    await writer.worker.round();
    await other.worker.round();
    for (const member of [writer, other]) {
      await expect(member.sink.record(actorCtx('ada'), event())).rejects.toMatchObject({ status: 503 });
      await expect(
        member.unitOfWork.run(actorCtx('ada'), (ctx) => member.sink.record(ctx, event())),
      ).rejects.toMatchObject({ status: 503 });
    }
    await mendFile(world);
    await writer.worker.round();
    await other.worker.round();
    await writer.sink.record(actorCtx('ada'), event());
    await other.sink.record(actorCtx('ada'), event());
    await writer.worker.round();
    expect(await recordSeqs()).toEqual([1, 2, 3]);
  });

  it('writes one line for a record that tries to be two', async () => {
    const one = await world.process();
    const forged = 'ada\n{"seq":99,"level":"INFO"}\r\u2028\u0085{"seq":98}';
    await one.sink.record(actorCtx(forged), event());
    await one.worker.round();
    const text = await readFile(world.file, 'utf8');
    expect(text.split(/\r\n|[\n\r\u2028\u2029\u0085]/).filter((line) => line !== '')).toHaveLength(2); // the record and a checkpoint
  });
});

function byNumber(left: string, right: string): number {
  return numberOf(left) - numberOf(right);
}

function numberOf(name: string): number {
  return Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
}

/** Root writes wherever it likes, so the folder is not made read-only but replaced. */
async function breakFile(world: AuditWorld): Promise<void> {
  await rename(path.dirname(world.file), path.join(world.folder, 'aside'));
  await writeFile(path.dirname(world.file), '');
}

async function mendFile(world: AuditWorld): Promise<void> {
  await rm(path.dirname(world.file));
  await rename(path.join(world.folder, 'aside'), path.dirname(world.file));
}

/** Lets a worker do its rounds for as long as something is written. */
async function whileWriting(worker: AuditProcess, writing: Promise<unknown>): Promise<void> {
  const done = writing.then(() => 'done' as const);
  while ((await Promise.race([done, setImmediate('not yet')])) !== 'done') await worker.worker.round();
  await worker.worker.round();
}

function bulky(from: number): (index: number) => Partial<AuditEvent> {
  return (index) => ({ details: { number: from + index, filler: 'x'.repeat(350) } });
}
