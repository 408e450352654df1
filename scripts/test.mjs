/**
 * `npm test [-- JEST OPTIONS]`: brings what is missing, then runs every check and every test: exactly what CI runs. Its
 * last line is `N passed, N failed, N skipped`; each check that is not Jest's counts as one test. With `--long`: the long
 * tests (`HOLDFAST_TEST_LONG=1`), Jest alone and without a time limit.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bringPrograms } from './programs.mjs';
import { environmentForTools, pinnedNode, root } from './run.mjs';
import { bringDependencies, build, SetupError, setUpOrExit } from './setup.mjs';

const LIMIT_MS = 19 * 60_000; // the whole run; CI allows 20 minutes
const CHECKS = ['typecheck', 'lint', 'format:check', 'deps:check', 'dead:check', 'api:check'];
const PROJECTS = ['unit', 'integration', 'e2e'];

const started = Date.now();
const given = process.argv.slice(2);
const isLong = given.includes('--long');
const jestOptions = given.filter((option) => option !== '--long');
const scripts = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts;
/** @type {{ passed: number, failed: number, skipped: number, failures: string[] }} */
const total = { passed: 0, failed: 0, skipped: 0, failures: [] };
let running;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => endGroup(running, signal));

setUpOrExit(bringDependencies);
setUpOrExit(bringPrograms);
if (!isLong) for (const name of CHECKS) await check(name, ['/bin/sh', '-c', scripts[name]]);
buildStep();
await jest();
await languageTable();
summarise();

/** One check, quiet unless it fails. */
async function check(name, command) {
  const begun = Date.now();
  const { code, output } = await run(command, { capture: true });
  record(name, code === 0, output, begun);
}

/** Whether every rule of the blueprint language has its test: asked of what Jest has just run, if it ran everything. */
async function languageTable() {
  if (isLong || jestOptions.length > 0) return;
  const report = path.join(root, 'reports', 'jest.json');
  await check('dsl:table', [pinnedNode(), path.join(root, 'scripts', 'dsl-table.mjs'), '--check', report]);
}

function buildStep() {
  const begun = Date.now();
  try {
    build();
    record('build', true, '', begun);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    record('build', false, error.message, begun);
  }
}

function record(name, passed, output, begun) {
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (passed) {
    total.passed += 1;
  } else {
    total.failed += 1;
    total.failures.push(name);
    process.stdout.write(`${output.trimEnd()}\n`);
  }
}

async function jest() {
  const report = path.join(root, 'reports', 'jest.json');
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const command = [
    pinnedNode(),
    '--experimental-vm-modules', // Jest 30 loads ES modules through it, under Node 24 as well
    '--disable-warning=ExperimentalWarning',
    path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--selectProjects',
    ...PROJECTS,
    '--maxWorkers=2',
    '--json',
    `--outputFile=${report}`,
    ...jestOptions,
  ];
  const { code, isTimedOut } = await run(command, {
    capture: false,
    environment: isLong ? { HOLDFAST_TEST_LONG: '1' } : {},
  });
  count(report);
  if (isTimedOut) fail('jest did not finish in time');
  else if (code !== 0 && total.failed === 0) fail(`jest ended with ${code}`);
}

/** Adds what Jest found. A file that could not run at all is one failure. */
function count(report) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    fail('jest wrote no results');
    return;
  }
  total.passed += results.numPassedTests;
  total.failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
  total.skipped += results.numPendingTests + results.numTodoTests;
  for (const file of results.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    const name = path.relative(root, file.name);
    if (file.status === 'failed' && failed.length === 0) total.failures.push(`${name} could not run`);
    for (const test of failed) total.failures.push(`${name}: ${test.fullName}`);
  }
}

function fail(reason) {
  total.failed += 1;
  total.failures.push(reason);
}

function summarise() {
  if (total.failures.length > 0)
    process.stdout.write(`\nFailed:\n${total.failures.map((name) => `  ${name}\n`).join('')}`);
  const { passed, failed, skipped } = total;
  const isForbiddenSkip = process.env.CI === 'true' && skipped > 0;
  if (isForbiddenSkip) process.stdout.write('\nIn CI nothing may be skipped.\n');
  process.exitCode = failed > 0 || passed === 0 || isForbiddenSkip ? 1 : 0;
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

/** Runs a command in a process group of its own, so that the limit ends its children too. */
function run([program, ...args], { capture, environment = {} }) {
  return new Promise((resolve) => {
    let output = '';
    let isTimedOut = false;
    const child = spawn(program, args, {
      cwd: root,
      env: environmentForTools(environment),
      detached: true,
      // Jest's own JSON goes to the file; what it prints for people comes on standard error.
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'ignore', 'inherit'],
    });
    running = child;
    const remainingMs = Math.max(1_000, started + LIMIT_MS - Date.now());
    const timer = isLong
      ? undefined
      : setTimeout(() => {
          isTimedOut = true;
          endGroup(child, 'SIGTERM');
          setTimeout(() => endGroup(child, 'SIGKILL'), 10_000).unref();
        }, remainingMs);
    child.stdout?.on('data', (text) => (output += text));
    child.stderr?.on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: String(error), isTimedOut }));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output, isTimedOut });
    });
  });
}

function endGroup(child, signal) {
  try {
    if (child?.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // it ended by itself
  }
}
