/**
 * `npm run dsl:table`: runs the unit tests of the blueprint language and writes docs/dsl-conformance.md from their titles.
 * `npm run dsl:table -- --check [REPORT]` compares instead; a report of Jest that is there already saves running them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { environmentForTools, pinnedNode, root } from './run.mjs';

/** Where the tests of the language are. */
const FOLDERS = ['src/core/dsl', 'src/platform/language', 'test/blueprints'];

const isCheck = process.argv.includes('--check');
const [given] = process.argv.slice(2).filter((option) => option !== '--check');
const report = given ?? path.join(root, 'reports', 'dsl.json');

if (given === undefined) {
  mkdirSync(path.dirname(report), { recursive: true });
  run([
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    path.join(root, 'node_modules/jest/bin/jest.js'),
    ...FOLDERS,
    '--selectProjects',
    'unit',
    '--json',
    `--outputFile=${report}`,
  ]);
}
process.exitCode = run([
  '--import',
  path.join(root, 'test/support/typescript-hooks.mjs'),
  path.join(root, 'test/conformance/dsl-table.ts'),
  ...(isCheck ? ['--check'] : []),
  report,
  ...FOLDERS,
]);

function run(args) {
  const { status } = spawnSync(pinnedNode(), args, { cwd: root, env: environmentForTools(), stdio: 'inherit' });
  return status ?? 1;
}
