import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measures } from './scenario.js';

/** `npm run bench -- dsl`: the blueprint language beside plain YAML parsing of the same text; writes docs/benchmarks-dsl.md. */
const NAMES = ['smallest', 'typical', '1,000 nodes', '10,000 nodes', '2,000 machines'] as const;
/** What must hold. */
const TYPICAL_AT_MOST = 5;
const GROWTH_AT_MOST = 12;

const root = new URL('../..', import.meta.url).pathname;

async function measured(name: string): Promise<Measures> {
  process.stderr.write(`${name} …\n`);
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--import',
    join(root, 'test/support/typescript-hooks.mjs'),
    join(root, 'bench/dsl/scenario.ts'),
    name,
  ]);
  return JSON.parse(stdout) as Measures;
}

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(2);
}

function row(name: string, measures: Measures): string {
  const cells = [
    name,
    measures.nodes,
    mib(measures.textBytes),
    measures.parseMs.toFixed(1),
    measures.yamlMs.toFixed(1),
    `**${(measures.parseMs / measures.yamlMs).toFixed(1)}**`,
    measures.deployMs.toFixed(1),
    mib(measures.storedBytes),
    mib(measures.jsonBytes),
    measures.heldMib.toFixed(1),
    measures.peakMib.toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdict(value: number, limit: number): string {
  return `${value.toFixed(1)} (wanted at most ${limit}: ${value <= limit ? 'yes' : 'NO'})`;
}

const results = new Map<string, Measures>();
for (const name of NAMES) results.set(name, await measured(name));
const parseMs = (name: (typeof NAMES)[number]): number => results.get(name)?.parseMs ?? Number.NaN;
const typical = parseMs('typical') / (results.get('typical')?.yamlMs ?? Number.NaN);
const growth = parseMs('10,000 nodes') / parseMs('1,000 nodes');

const text = `# Benchmarks of the blueprint language

Written by \`npm run bench -- dsl\`. Parsing (imports, checks, the plan) beside \`yaml.parse\` of the same text in the same
process, taking turns, medians; the built-in types are loaded already. The generated blueprints are those of
\`test/support/generated-blueprints.ts\`: "nodes" have types with few operations, twelve levels of inheritance and twenty
imported files; "machines" are \`cloudify.nodes.Compute\`, whose plan is large. A deployment plan evaluates functions and
makes node instances. "Stored" is the plan with what nodes share once, "JSON" the same written out.

${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}.

| blueprint | nodes | text MiB | parse ms | YAML ms | ratio | deployment plan ms | stored MiB | JSON MiB | plan in memory MiB | peak RSS of one parse MiB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${[...results].map(([name, measures]) => row(name, measures)).join('\n')}

- Typical blueprint against YAML: ${verdict(typical, TYPICAL_AT_MOST)}.
- Time of 10,000 nodes against that of 1,000: ${verdict(growth, GROWTH_AT_MOST)}.
`;
process.stdout.write(text);
await writeFile(join(root, 'docs/benchmarks-dsl.md'), text);
