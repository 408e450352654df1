import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { AUDIT_COLUMNS, digestOf, type AuditColumn, type AuditRow } from './audit-record.js';
import { chainHash, chainStep, genesisHash, macOf, type ChainEntry } from './chain.js';
import { signCheckpoint, type Checkpoint } from './checkpoint.js';
import type { Fault, FaultKind } from './fault.js';
import { RemovedEntries, signRemoval, type Removal } from './removal.js';
import { signingKeyFromSeed } from './signing.js';
import { verifyChain, type ChainItem, type VerifyReport } from './verify-chain.js';

/** 500 runs as a rule, 10,000 with HOLDFAST_TEST_LONG=1. */
const RUNS = process.env.HOLDFAST_TEST_LONG === '1' ? 10_000 : 500;
const INSTALLATION = '6f1c8ed0-8b1f-4f52-a0cd-2f1d5f7f0c11';
const KEY = signingKeyFromSeed(Buffer.alloc(32, 7));
const STRANGER = signingKeyFromSeed(Buffer.alloc(32, 8));
const MAC_KEY = createSecretKey(Buffer.alloc(32, 9));

interface Link {
  entry: ChainEntry;
  row: AuditRow | null;
  removalId: string | null;
}

/** An audit log in memory: what a copy of the database would hold. */
interface World {
  links: Link[];
  unsealed: AuditRow[];
  removals: Removal[];
  checkpoints: Checkpoint[];
  /** Kept outside of the database. */
  held: Checkpoint[];
}

function rowOf(id: number, text: string): AuditRow {
  const cells: Partial<Record<AuditColumn, string | null>> = {};
  for (const column of AUDIT_COLUMNS) cells[column] = null;
  return {
    ...(cells as AuditRow),
    id: String(id),
    created_at: String(1_764_000_000_000 + id),
    action: 'secret.create',
    operation: 'create',
    outcome: 'success',
    ref_table: 'secrets',
    creator_name: text,
    details: JSON.stringify({ text }),
    written_in: String(1000 + id),
  };
}

function seal(links: Link[], row: AuditRow): Link {
  const last = links.at(-1)?.entry ?? { seq: 0, hash: genesisHash(INSTALLATION) };
  const entry = chainStep(MAC_KEY, last, { auditId: row.id ?? '', digest: digestOf(row) });
  return { entry, row, removalId: null };
}

function checkpointOf(entry: ChainEntry): Checkpoint {
  const signedAt = '2026-01-01T00:00:00.000Z';
  return signCheckpoint(KEY, { installationId: INSTALLATION, seq: entry.seq, hash: entry.hash, signedAt });
}

/** Removes the records of these positions as DELETE /audit does. */
function removeRecords(links: Link[], positions: readonly number[], removalId: string): Removal {
  const entries = new RemovedEntries();
  for (const position of positions) {
    const link = at(links, position);
    entries.add(link.entry);
    link.row = null;
    link.removalId = removalId;
  }
  return signRemoval(KEY, {
    installationId: INSTALLATION,
    removalId,
    removedAt: '2026-01-02T00:00:00.000Z',
    removedBy: 'admin',
    selection: '{}',
    count: entries.count,
    entriesHash: entries.hash(),
  });
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    texts: fc.array(fc.string({ maxLength: 8 }), { minLength: 8, maxLength: 40 }),
    checkpointEvery: fc.integer({ min: 1, max: 12 }),
    removed: fc.uniqueArray(fc.nat(39), { maxLength: 6 }),
    pending: fc.nat(2),
  })
  .map(({ texts, checkpointEvery, removed, pending }) => {
    const links: Link[] = [];
    for (const [index, text] of texts.entries()) links.push(seal(links, rowOf(index + 1, text)));
    const positions = removed.filter((position) => position < links.length).toSorted((left, right) => left - right);
    const removals = positions.length > 0 ? [removeRecords(links, positions, 'r-1')] : [];
    const checkpoints = links
      .filter(({ entry }) => entry.seq % checkpointEvery === 0)
      .map(({ entry }) => checkpointOf(entry));
    const head = at(links, links.length - 1).entry;
    return {
      links,
      unsealed: Array.from({ length: pending }, (_, index) => rowOf(texts.length + 1 + index, 'late')),
      removals,
      checkpoints,
      held: [checkpointOf(head)],
    };
  });

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

function* itemsOf(world: World, pendingFrom: number): Generator<ChainItem> {
  for (const removal of world.removals) yield { type: 'removal', removal };
  const checkpoints = Map.groupBy(world.checkpoints, ({ seq }) => seq);
  for (const link of world.links) {
    yield { type: 'entry', ...link };
    for (const checkpoint of checkpoints.get(link.entry.seq) ?? []) yield { type: 'checkpoint', checkpoint };
    checkpoints.delete(link.entry.seq);
  }
  for (const checkpoint of [...checkpoints.values()].flat()) yield { type: 'checkpoint', checkpoint };
  for (const row of world.unsealed) yield { type: 'unsealed', row, isPending: Number(row.id) >= pendingFrom };
}

async function verify(world: World, macKey: KeyObject | null): Promise<{ report: VerifyReport; faults: Fault[] }> {
  const faults: Fault[] = [];
  const pendingFrom = Math.max(...world.links.map(({ entry }) => Number(entry.auditId)), 0) + 1;
  const report = await verifyChain(itemsOf(world, pendingFrom), {
    installationId: INSTALLATION,
    keys: [KEY],
    macKey,
    heldCheckpoints: world.held,
    onFault: (fault) => faults.push(fault),
  });
  return { report, faults };
}

/** What was done to the copy, and what verify has to call it: one of the kinds, on an entry of the range. */
interface Tampering {
  readonly what: string;
  readonly kinds: readonly FaultKind[];
  readonly from: number | null;
  readonly to: number | null;
  readonly auditId?: string;
  /** Only k_audit shows it. */
  readonly needsMacKey?: boolean;
}

type Tamper = (world: World, pick: (below: number) => number) => Tampering;

function renumber(links: Link[]): void {
  for (const [index, link] of links.entries()) link.entry = { ...link.entry, seq: index + 1 };
}

const withRow = (world: World, pick: (below: number) => number): Link => {
  const candidates = world.links.filter(({ row }) => row !== null);
  return at(candidates, pick(candidates.length));
};

const on = (seq: number): Pick<Tampering, 'from' | 'to'> => ({ from: seq, to: seq });

const TAMPERS: readonly Tamper[] = [
  (world, pick) => {
    const link = withRow(world, pick);
    const column = at(AUDIT_COLUMNS, pick(AUDIT_COLUMNS.length));
    const old = link.row?.[column] ?? null;
    const id = link.row?.id ?? '';
    link.row = { ...(link.row as AuditRow), [column]: old === null ? '' : `${old}0` };
    return { what: `edit ${column}`, kinds: ['edit'], ...on(link.entry.seq), auditId: id };
  },
  (world, pick) => {
    const link = withRow(world, pick);
    link.row = { ...(link.row as AuditRow), details: null, creator_name: 'mallory' };
    const digest = digestOf(link.row);
    const hash = chainHash(link.entry.previous, digest);
    link.entry = { ...link.entry, digest, hash, mac: pick(2) === 0 ? link.entry.mac : randomBytes(32) };
    // Without k_audit a replaced entry looks like missing ones, unless a checkpoint stands behind it; at the head only a held one shows it.
    const kinds: FaultKind[] = ['edit', 'gap', 'cut_tail', 'insertion'];
    return { what: 'edit a record with its entry', kinds, from: link.entry.seq, to: link.entry.seq + 1 };
  },
  (world, pick) => {
    const link = at(world.links, pick(world.links.length));
    const field = at(['previous', 'digest', 'hash'] as const, pick(3));
    link.entry = { ...link.entry, [field]: randomBytes(32) };
    return { what: `edit ${field} of an entry`, kinds: ['edit'], ...on(link.entry.seq) };
  },
  (world, pick) => {
    const link = at(world.links, pick(world.links.length));
    link.entry = { ...link.entry, mac: randomBytes(32) };
    return { what: 'edit a MAC', kinds: ['edit', 'insertion'], ...on(link.entry.seq), needsMacKey: true };
  },
  (world, pick) => {
    const link = withRow(world, pick);
    const auditId = link.row?.id ?? '';
    link.row = null;
    return { what: 'delete a record', kinds: ['deletion'], ...on(link.entry.seq), auditId };
  },
  (world, pick) => {
    const link = withRow(world, pick);
    link.row = null;
    link.removalId = at(
      [...world.removals.map(({ removalId }) => removalId), 'r-none'],
      pick(world.removals.length + 1),
    );
    const seqs = world.links.filter(({ row }) => row === null).map(({ entry }) => entry.seq);
    return {
      what: 'delete a record in the name of a removal',
      kinds: ['deletion'],
      from: Math.min(...seqs),
      to: Math.max(...seqs),
    };
  },
  (world, pick) => {
    const index = pick(world.links.length - 1);
    world.links.splice(index, 1);
    return { what: 'delete an entry and its record', kinds: ['gap'], ...on(index + 1) };
  },
  (world, pick) => {
    const index = pick(world.links.length - 2);
    const count = 1 + pick(world.links.length - 2 - index);
    world.links.splice(index, count);
    renumber(world.links);
    return { what: 'delete entries and records, renumber', kinds: ['gap'], ...on(index + 1) };
  },
  (world, pick) => {
    const first = pick(world.links.length - 1);
    const second = first + 1 + pick(world.links.length - 1 - first);
    const [left, right] = [at(world.links, first), at(world.links, second)];
    world.links[first] = right;
    world.links[second] = left;
    renumber(world.links);
    return { what: 'swap entries', kinds: ['reorder'], ...on(first + 1) };
  },
  (world, pick) => {
    const rows = world.links.filter(({ row }) => row !== null);
    const first = pick(rows.length - 1);
    const [left, right] = [at(rows, first), at(rows, first + 1 + pick(rows.length - 1 - first))];
    [left.entry, right.entry] = [
      { ...left.entry, auditId: right.entry.auditId },
      { ...right.entry, auditId: left.entry.auditId },
    ];
    [left.row, right.row] = [right.row, left.row];
    return { what: 'swap the records of entries', kinds: ['reorder'], ...on(left.entry.seq) };
  },
  (world) => {
    world.unsealed.push(rowOf(0, 'mallory'));
    return { what: 'insert a record', kinds: ['insertion'], from: null, to: null, auditId: '0' };
  },
  (world, pick) => {
    const index = pick(world.links.length);
    const before = world.links[index - 1]?.entry.hash ?? genesisHash(INSTALLATION);
    const count = 1 + pick(3);
    const forged: Link[] = [];
    for (let made = 0; made < count; made += 1) {
      const row = rowOf(500 + made, 'mallory');
      const previous = made === 0 ? (pick(3) === 0 ? randomBytes(32) : before) : at(forged, made - 1).entry.hash;
      const digest = digestOf(row);
      const entry = {
        seq: 0,
        auditId: row.id ?? '',
        previous,
        digest,
        hash: chainHash(previous, digest),
        mac: randomBytes(32),
      };
      forged.push({ entry, row, removalId: null });
    }
    world.links.splice(index, 0, ...forged);
    renumber(world.links);
    return { what: 'insert entries', kinds: ['insertion'], from: index + 1, to: index + count };
  },
  (world, pick) => {
    const copied = at(world.links, pick(world.links.length - 1));
    const index = copied.entry.seq + pick(world.links.length - copied.entry.seq);
    world.links.splice(index, 0, { ...copied });
    renumber(world.links);
    return {
      what: 'insert the copy of an entry',
      kinds: ['insertion'],
      from: Math.min(index, copied.entry.seq),
      to: index + 1,
    };
  },
  (world, pick) => {
    const keep = pick(world.links.length);
    world.links.splice(keep);
    world.checkpoints = world.checkpoints.filter(({ seq }) => seq <= keep);
    return { what: 'cut the tail', kinds: ['cut_tail'], ...on(keep + 1) };
  },
  (world, pick) => {
    const length = world.links.length;
    const keep = pick(length);
    world.links.splice(keep);
    world.checkpoints = world.checkpoints.filter(({ seq }) => seq <= keep);
    const anchored = Math.max(0, ...world.checkpoints.map(({ seq }) => seq));
    while (world.links.length < length + 2)
      world.links.push(seal(world.links, rowOf(700 + world.links.length, 'regrown')));
    return { what: 'cut the tail and let it grow again', kinds: ['cut_tail'], from: anchored + 1, to: length };
  },
  (world, pick) => {
    const entry = at(world.links, pick(world.links.length)).entry;
    const genuine = checkpointOf(entry);
    const forged = at(
      [
        { ...genuine, signature: randomBytes(64) },
        { ...genuine, hash: randomBytes(32) },
        { ...genuine, installationId: 'elsewhere' },
        signCheckpoint(STRANGER, genuine),
        { ...signCheckpoint(STRANGER, genuine), keyId: KEY.keyId },
      ],
      pick(5),
    );
    world.checkpoints.push(forged);
    return { what: 'forge a checkpoint', kinds: ['wrong_signature'], ...on(entry.seq) };
  },
  (world, pick) => {
    const link = withRow(world, pick);
    const removal = removeRecords(world.links, [link.entry.seq - 1], 'r-2');
    world.removals.push(pick(2) === 0 ? { ...removal, removedBy: 'bob' } : { ...removal, signature: randomBytes(64) });
    return { what: 'forge a removal', kinds: ['wrong_signature'], from: null, to: null };
  },
];

function isNamed(tampering: Tampering, faults: readonly Fault[]): boolean {
  return faults.some((fault) => {
    if (!tampering.kinds.includes(fault.kind)) return false;
    if (tampering.auditId !== undefined && fault.auditId === tampering.auditId) return true;
    if (tampering.from === null || tampering.to === null) return tampering.auditId === undefined;
    if (fault.seq === null || fault.toSeq === null) return tampering.auditId === undefined && fault.kind === 'deletion';
    return fault.seq <= tampering.to && tampering.from <= fault.toSeq;
  });
}

describe('verifyChain', () => {
  it('finds nothing in a log that nobody touched, with and without k_audit', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        for (const macKey of [MAC_KEY, null]) {
          const { report, faults } = await verify(world, macKey);
          expect(faults).toEqual([]);
          expect(report.isIntact).toBe(true);
          expect(report.signedUpTo).toBe(world.links.length);
          expect(report.pending).toBe(world.unsealed.length);
          expect(report.records + report.removed).toBe(world.links.length);
        }
      }),
      { numRuns: Math.min(RUNS, 1000), seed: 11 },
    );
  });

  it('names every edit, deletion, reordering, insertion, gap, cut tail and wrong signature', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        fc.nat(TAMPERS.length - 1),
        fc.array(fc.nat(1_000_000), { minLength: 6, maxLength: 6 }),
        async (world, which, numbers) => {
          let drawn = 0;
          const pick = (below: number): number => at(numbers, drawn++ % numbers.length) % Math.max(below, 1);
          fc.pre(world.links.filter(({ row }) => row !== null).length >= 2);
          const tampering = at(TAMPERS, which)(world, pick);
          for (const macKey of [MAC_KEY, null]) {
            if (macKey === null && tampering.needsMacKey === true) continue;
            const { report, faults } = await verify(world, macKey);
            expect(report.isIntact).toBe(false);
            if (!isNamed(tampering, faults)) {
              throw new Error(
                `${tampering.what} was not named as ${tampering.kinds.join('/')} on ${tampering.from}–${tampering.to}: ${JSON.stringify(faults)}`,
              );
            }
          }
        },
      ),
      { numRuns: RUNS, seed: 12 },
    );
  });

  it('names each of many edits and deletions made to the same copy', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.array(fc.nat(39), { minLength: 2, maxLength: 12 }), async (world, positions) => {
        const expected = new Map<string, FaultKind>();
        for (const [index, position] of positions.entries()) {
          const link = world.links[position];
          if (!link?.row || expected.has(link.entry.auditId)) continue;
          expected.set(link.entry.auditId, index % 2 === 0 ? 'edit' : 'deletion');
          link.row = index % 2 === 0 ? { ...link.row, outcome: 'failure' } : null;
        }
        const { faults } = await verify(world, MAC_KEY);
        expect(new Map(faults.map(({ auditId, kind }) => [auditId, kind]))).toEqual(expected);
      }),
      { numRuns: Math.min(RUNS, 1000), seed: 13 },
    );
  });

  it('does not take an entry of another installation, or a MAC made with another key', async () => {
    const links: Link[] = [];
    const row = rowOf(1, 'ada');
    const digest = digestOf(row);
    const hash = chainHash(genesisHash('another'), digest);
    links.push({
      entry: { seq: 1, auditId: '1', previous: genesisHash('another'), digest, hash, mac: macOf(MAC_KEY, hash) },
      row,
      removalId: null,
    });
    const { report } = await verify({ links, unsealed: [], removals: [], checkpoints: [], held: [] }, MAC_KEY);
    expect(report.isIntact).toBe(false);
  });
});
