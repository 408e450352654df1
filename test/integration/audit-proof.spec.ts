import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Fault } from '../../src/core/audit/fault.js';
import { publicKeyPem, signingKeyFromSeed } from '../../src/core/audit/signing.js';
import type { VerifyReport } from '../../src/core/audit/verify-chain.js';
import { AuditExportError } from '../../src/modules/audit/proof/export-format.js';
import { readHeldCheckpoints } from '../../src/modules/audit/proof/held-checkpoints.js';
import { verifyExport } from '../../src/modules/audit/proof/verify-export.js';
import { actorCtx, AuditWorld, event, type AuditProcess } from './audit-world.js';

type Lines = readonly string[];

describe('an export of the audit log', () => {
  let world: AuditWorld;
  let one: AuditProcess;
  let lines: Lines;
  let publicKey: string;

  beforeAll(async () => {
    world = await AuditWorld.create();
    one = await world.process();
    await one.recordMany(30, (refId) => ({ refId }));
    await one.sink.record(actorCtx('bob'), event());
    await one.worker.round();
    await one.removals.remove(actorCtx('admin'), {
      before: new Date('2999-01-01'),
      creatorName: 'bob',
      executionId: null,
    });
    world.clock.advance(60_000);
    await one.worker.round();
    await one.sink.record(actorCtx('ada'), event()); // committed, not sealed
    publicKey = await one.exporter.publicKey();
    lines = await exported();
  });

  afterAll(async () => {
    await world.close();
  });

  async function exported(): Promise<Lines> {
    const chunks: string[] = [];
    const out = new Writable({
      highWaterMark: 64, // every line waits for the reader
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString('utf8'));
        setImmediate(done);
      },
    });
    await one.exporter.write(out);
    return chunks.join('').split('\n').slice(0, -1);
  }

  async function verify(changed: Lines, key = publicKey): Promise<{ report: VerifyReport; faults: Fault[] }> {
    const faults: Fault[] = [];
    const report = await verifyExport(Readable.from([Buffer.from(`${changed.join('\n')}\n`)]), {
      publicKeyPem: key,
      onFault: (fault) => faults.push(fault),
    });
    return { report, faults };
  }

  const replaced = (from: RegExp, to: string): Lines => {
    const index = lines.findIndex((line) => from.test(line));
    expect(index).not.toBe(-1);
    return lines.map((line, at) => (at === index ? line.replace(from, to) : line));
  };

  it('verifies with the public key alone', async () => {
    const { report, faults } = await verify(lines);
    expect(faults).toEqual([]);
    expect(report).toMatchObject({ isIntact: true, entries: 32, removed: 1, records: 31, pending: 1, signedUpTo: 32 });
  });

  it('does not verify with another key', async () => {
    const stranger = publicKeyPem(signingKeyFromSeed(Buffer.alloc(32, 99)));
    const { report, faults } = await verify(lines, stranger);
    expect(report.isIntact).toBe(false);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['wrong_signature', 'deletion']));
  });

  it.each<[string, () => Lines, string]>([
    ['a record was edited', () => replaced(/"creator_name":"ada"/, '"creator_name":"eve"'), 'edit'],
    ['a record was deleted', () => replaced(/"record":\{.*\}\}/, '"record":null}'), 'deletion'],
    ['an entry was taken out', () => lines.filter((line) => !line.includes('"seq":7,')), 'gap'],
    ['entries changed places', () => swapped(lines, 9, 12), 'reorder'],
    ['an entry was put in twice', () => [...lines.slice(0, 10), lines[9] ?? '', ...lines.slice(10)], 'insertion'],
    ['a record was put in', () => replaced(/"pending":true/, '"pending":false'), 'insertion'],
    ['the end was cut off', () => lines.slice(0, 20), 'cut_tail'],
    [
      'the checkpoints were taken out',
      () => lines.filter((line) => !line.includes('"type":"checkpoint"')),
      'wrong_signature',
    ],
    ['the removal was changed', () => replaced(/"removed_by":"admin"/, '"removed_by":"bob"'), 'wrong_signature'],
    [
      'it claims another installation',
      () => replaced(/"installation":"[^"]+"/, '"installation":"other"'),
      'wrong_signature',
    ],
  ])('is found out when %s', async (_what, tamper, kind) => {
    const { report, faults } = await verify(tamper());
    expect(report.isIntact).toBe(false);
    expect(faults.map((fault) => fault.kind)).toContain(kind);
  });

  it.each<[string, (all: Lines) => Lines, RegExp]>([
    ['is empty', () => [''], /Line 1/],
    ['has no header', (all) => all.slice(1), /does not begin with its header/],
    ['goes on after the footer', (all) => [...all, all[1] ?? ''], /follows the footer/],
    ['has a line that is no JSON', (all) => [all[0] ?? '', 'x', ...all.slice(1)], /Line 2 of the export: not JSON/],
    [
      'has a record with a cell too many',
      (all) => all.map((line) => line.replace('"action"', '"more":"","action"')),
      /record is incomplete/,
    ],
    ['has a hash that is none', (all) => all.map((line) => line.replace(/"hash":"../, '"hash":"zz')), /hexadecimal/],
  ])('is refused when it %s', async (_what, change, message) => {
    await expect(verify(change(lines))).rejects.toThrow(AuditExportError);
    await expect(verify(change(lines))).rejects.toThrow(message);
  });

  it('holds nothing that the database should keep to itself: neither k_audit nor the signing key', () => {
    const text = lines.join('\n');
    for (const purpose of ['audit_mac', 'audit_signing_seed']) {
      const key = Buffer.alloc(32, purpose);
      expect(text).not.toContain(key.toString('hex'));
      expect(text).not.toContain(key.toString('base64'));
    }
  });

  it('can be held against the checkpoints of the audit file', async () => {
    const held = await readHeldCheckpoints(world.file);
    expect(held.map(({ seq }) => seq)).toEqual([31, 32]);
    expect((await one.verify(held)).faults).toEqual([]);
    await writeFile(path.join(world.folder, 'nothing'), 'no checkpoint\n{"signature":1}\n');
    await expect(readHeldCheckpoints(path.join(world.folder, 'nothing'))).rejects.toThrow('holds no checkpoint');
  });
});

function swapped(lines: Lines, left: number, right: number): Lines {
  const changed = [...lines];
  const [first, second] = [lines[left] ?? '', lines[right] ?? ''];
  changed[left] = second.replace(seqOf(second), seqOf(first));
  changed[right] = first.replace(seqOf(first), seqOf(second));
  return changed;
}

function seqOf(line: string): string {
  return /"seq":\d+/.exec(line)?.[0] ?? '';
}
