import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measures } from './scenario.js';

/** `npm run bench -- engine`: the task-graph engine alone; writes docs/benchmarks-engine.md. */
const SIZES = [100, 1_000, 10_000] as const;
const SHAPES = ['apps', 'chain'] as const;
/** What must hold: the cost of an instance at 10,000 against that at 1,000. */
const GROWTH_AT_MOST = 1.5;

const root = new URL('../..', import.meta.url).pathname;

async function measured(size: number, shape: string): Promise<Measures> {
  process.stderr.write(`${shape}, ${size} …\n`);
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--import',
    join(root, 'test/support/typescript-hooks.mjs'),
    join(root, 'bench/engine/scenario.ts'),
    String(size),
    shape,
  ]);
  return JSON.parse(stdout) as Measures;
}

function row(shape: string, measures: Measures): string {
  const { instances, transitions, buildMs, runMs, startMs, restartMs, graphBytes, stateBytes, heldBytes } = measures;
  const cells = [
    shape,
    instances.toLocaleString('en'),
    measures.tasks.toLocaleString('en'),
    measures.operations.toLocaleString('en'),
    buildMs.toFixed(1),
    runMs.toFixed(1),
    `**${Math.round((transitions * 1000) / runMs).toLocaleString('en')}**`,
    startMs.toFixed(1),
    restartMs.toFixed(1),
    Math.round(graphBytes / instances).toLocaleString('en'),
    Math.round(stateBytes / instances).toLocaleString('en'),
    Math.round(heldBytes / instances).toLocaleString('en'),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdict(value: number): string {
  return `${value.toFixed(2)} (wanted at most ${GROWTH_AT_MOST}: ${value <= GROWTH_AT_MOST ? 'yes' : 'NO'})`;
}

const rows: string[] = [];
const verdicts: string[] = [];
for (const shape of SHAPES) {
  const found = new Map<number, Measures>();
  for (const size of SIZES) {
    const measures = await measured(size, shape);
    found.set(size, measures);
    rows.push(row(shape, measures));
  }
  const each = (size: number, of: (measures: Measures) => number): number => {
    const measures = found.get(size);
    return measures === undefined ? Number.NaN : of(measures) / measures.instances;
  };
  const growth = (of: (measures: Measures) => number): string => verdict(each(10_000, of) / each(1_000, of));
  verdicts.push(
    `- ${shape}: time of an instance at 10,000 against 1,000: ${growth(({ buildMs, runMs }) => buildMs + runMs)}; stored bytes: ${growth(({ graphBytes, stateBytes }) => graphBytes + stateBytes)}.`,
  );
}

const text = `# Benchmarks of the engine

Written by \`npm run bench -- engine\`. The task-graph engine alone, installing node instances whose operations succeed at
once: no database, no executor. A transition is one event: an operation makes two, that it was sent and how it ended;
what follows in the same step (states, events, subgraphs that open and close) is in it. "apps" are ten applications on
each host, three operations each, all of them connected to one database; in a "chain" each instance depends on the one
before. Best of three runs in a process of its own. "Start" is the first step, which looks at every task; "restart"
takes up a stored graph half way. Bytes are of graph and state as JSON, and of the state in memory at the end.

${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}.

| graph | instances | tasks | operations | build ms | run ms | transitions/s | start ms | restart ms | graph bytes/instance | state bytes/instance | state in memory bytes/instance |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${verdicts.join('\n')}
`;
process.stdout.write(text);
await writeFile(join(root, 'docs/benchmarks-engine.md'), text);
