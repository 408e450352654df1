import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { jsonPieces } from '../../src/core/dsl/plan-codec.js';
import type { Node } from '../../src/core/dsl/yaml/tree.js';
import type { Outcome } from './blueprint-case.js';
import { runBlueprintCase } from './blueprint-case.js';
import { CaseFile } from './case-file.js';
import { runEvaluateCase } from './evaluate-case.js';
import { runModifyCase } from './modify-case.js';

/**
 * `npm run -s conformance -- CASES_DIR OUT_DIR`: what the language makes of each `CASES_DIR/NNNN`, as `OUT_DIR/NNNN.json`.
 * A case on which the language itself breaks gets `{"crash": …}`, and the exit code is 1.
 */
const [casesDir, outDir] = process.argv.slice(2);
if (casesDir === undefined || outDir === undefined || !existsSync(casesDir)) {
  process.stderr.write('usage: npm run -s conformance -- CASES_DIR OUT_DIR\n');
  process.exit(2);
}

/** Trees of the built-in types. */
const sources = new Map<string, Node | null>();

async function run(given: CaseFile): Promise<Outcome> {
  switch (given.text('kind')) {
    case 'parse':
    case 'deploy':
      return runBlueprintCase(given, sources);
    case 'evaluate':
      return runEvaluateCase(given);
    case 'modify':
      return runModifyCase(given);
    default:
      throw new Error(`${given.id}: a kind of case that nobody knows`);
  }
}

function write(path: string, outcome: unknown): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of jsonPieces(outcome, { dates: 'marked' })) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}`);
}

const started = performance.now();
mkdirSync(outDir, { recursive: true });
const ids = readdirSync(casesDir)
  .filter((id) => existsSync(join(casesDir, id, 'case.json')))
  .toSorted();
let done = 0;
let crashed = 0;
for (const id of ids) {
  let outcome: unknown;
  try {
    outcome = await run(new CaseFile(id, join(casesDir, id)));
  } catch (error) {
    crashed += 1;
    outcome = { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    process.stderr.write(`${id}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  write(join(outDir, `${id}.json`), outcome);
  done += 1;
  if (done % 50 === 0) progress(`${done} of ${ids.length} cases`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
progress('');
process.stderr.write(`${done} cases, ${crashed} crashed, ${seconds} s\n`);
process.exitCode = crashed > 0 ? 1 : 0;
