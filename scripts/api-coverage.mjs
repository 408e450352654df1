/**
 * `npm run api:coverage [-- --check]`: compares the rows of the REST contract (docs/contract-rows.json) with the routes
 * that the application has, and writes docs/api-coverage.md. With `--check` it writes nothing and fails when the file is
 * not what it would write.
 *
 * The routes are those of test/e2e/routes.manifest.json, which a test compares with the running application; so this
 * needs neither a build nor a database.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const ROWS = path.join(root, 'docs', 'contract-rows.json');
const MANIFEST = path.join(root, 'test', 'e2e', 'routes.manifest.json');
const REPORT = path.join(root, 'docs', 'api-coverage.md');

const API_PREFIX = '/api/v3.1';
const PRIORITIES = [
  ['P0', 'security core'],
  ['P1', 'main resources'],
  ['P2', 'the rest'],
];

const contract = JSON.parse(readFileSync(ROWS, 'utf8'));
const routes = Object.entries(JSON.parse(readFileSync(MANIFEST, 'utf8')));
const rows = contract.rows.map(readRow);
const served = new Set(routes.map(([route]) => shapeOf(route)));

const report = write();
if (process.argv.includes('--check')) {
  if (read(REPORT) !== report) {
    process.stderr.write('docs/api-coverage.md is not up to date: npm run api:coverage\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(REPORT, report);
  process.stdout.write(`${counts().join('\n')}\n`);
}

function readRow(cells) {
  const row = Object.fromEntries(contract.columns.map((name, index) => [name, cells[index] ?? '']));
  // A row that names two paths is one row, as in the contract, and done when both are answered.
  const wanted = row.path.split(' and ').map((one) => `${row.method} ${fullPath(one)}`);
  return { ...row, wanted: wanted.map(shapeOf) };
}

function fullPath(relative) {
  return /^\/(api|resources)\//.test(relative) ? relative : `${API_PREFIX}${relative}`;
}

/** Places of parameters count, their names do not. */
function shapeOf(route) {
  return route.replaceAll(/\{[^}]+\}|:\w+|\*\w*/g, '{}');
}

function isDone(row) {
  return row.wanted.every((route) => served.has(route));
}

function ofPriority(priority) {
  const all = rows.filter((row) => row.priority === priority);
  return { all, done: all.filter(isDone) };
}

function counts() {
  return PRIORITIES.map(([priority, name]) => {
    const { all, done } = ofPriority(priority);
    return `${priority} (${name}): ${done.length} of ${all.length} done`;
  });
}

function write() {
  const known = new Set(rows.flatMap((row) => row.wanted));
  const further = routes.filter(([route]) => !known.has(shapeOf(route)));
  return [
    '# API coverage',
    '',
    'Written by `npm run api:coverage` from `docs/contract-rows.json` and `test/e2e/routes.manifest.json`; not by hand.',
    '',
    'A row is one line of the tables of the REST contract (rest-api §2 and §3). It is done when the manager answers all its',
    'paths. `GET /version` and `GET /api/version` are one row there and one row here; so the security core has 51.',
    'Columns as in the contract: Ten is where the tenant comes from, AT means that `_all_tenants` counts roles of any',
    'tenant, EX that a running execution needs no permission. Rows that only make sense with several nodes are done when',
    'they answer 405, as the contract allows.',
    '',
    '| Priority | Done | Rows |',
    '| --- | ---: | ---: |',
    ...PRIORITIES.map(([priority, name]) => {
      const { all, done } = ofPriority(priority);
      return `| ${priority}, ${name} | ${done.length} | ${all.length} |`;
    }),
    '',
    ...PRIORITIES.flatMap(([priority, name]) => chapter(priority, name)),
    '## Beyond the contract',
    '',
    '| Route | Rule |',
    '| --- | --- |',
    ...further.map(([route, rule]) => `| \`${route}\` | ${rule} |`),
    '',
  ].join('\n');
}

function chapter(priority, name) {
  const { all, done } = ofPriority(priority);
  return [
    `## ${priority}, ${name}: ${done.length} of ${all.length}`,
    '',
    '| Done | § | Method | Path | Permission | Ten | OK |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...all.map((row) => {
      const permission = row.note === '' ? row.permission : `${row.permission} (${row.note})`;
      const cells = [row.section, row.method, `\`${row.path}\``, permission, row.tenant, row.ok];
      return `| ${isDone(row) ? 'yes' : 'no'} | ${cells.join(' | ')} |`;
    }),
    '',
  ];
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
