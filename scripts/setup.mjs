/**
 * Brings what is missing: the locked dependencies, the pinned Node and the build. Runs under an old Node with nothing
 * installed, so it imports nothing but Node's own modules. Each part is skipped when its stamp says that it is done.
 *
 *   node scripts/setup.mjs [--no-build]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { environmentForTools, pinnedNode, root } from './run.mjs';

const WANTED = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies.node;

const dependenciesStamp = path.join(root, 'node_modules', '.holdfast-stamp');
const buildStamp = path.join(root, 'dist', '.stamp');

export class SetupError extends Error {}

/** @throws SetupError with what to do about it. */
export function bringDependencies() {
  const wanted = hashOf(['package-lock.json'], `${process.platform}-${process.arch}`);
  if (read(dependenciesStamp) !== wanted) {
    if (!isInstalled()) install();
    ensurePinnedNode();
    writeFileSync(dependenciesStamp, wanted);
  }
  ensurePinnedNode();
}

/** @throws SetupError with what to do about it. */
export function build() {
  const wanted = hashOf([
    'src',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
    '.swcrc',
    'package-lock.json',
  ]);
  if (read(buildStamp) === wanted && existsSync(path.join(root, 'dist', 'main.js'))) return;
  say('building …');
  const nest = path.join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const result = spawnSync(pinnedNode(), [nest, 'build'], { cwd: root, env: environmentForTools(), encoding: 'utf8' });
  if (result.status !== 0) {
    throw new SetupError(`The build failed.\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
  }
  writeFileSync(buildStamp, wanted);
}

function install() {
  say('installing the locked dependencies (npm ci), which takes a minute …');
  // Said out loud, so that no setting of the user's (production only, no scripts, other folders) leaves out what we need.
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts=false', '--global=false', '--dry-run=false'];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--no-update-notifier', '--progress=false'];
  const environment = { ...environmentWithoutNpm(), NODE_ENV: 'development' };
  const result = spawnSync('npm', ['ci', ...flags, ...quiet], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    throw new SetupError(
      `npm could not install the dependencies: check the network, the registry (npm config get registry) and free disk space.\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`,
    );
  }
}

/** `npm start` hands its own settings down as npm_config_…; a nested npm must not take them for the user's wish. */
function environmentWithoutNpm() {
  const kept =
    /^npm_config_(registry|userconfig|globalconfig|cache|proxy|https_proxy|noproxy|cafile|ca|strict_ssl|.*:.*)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_config_') || kept.test(name)),
  );
}

/** True when node_modules holds what the lock file asks for on this platform, however it came there. */
function isInstalled() {
  const installed = parsed(path.join(root, 'node_modules', '.package-lock.json'));
  const locked = parsed(path.join(root, 'package-lock.json'));
  if (installed === undefined || locked === undefined) return false;
  return Object.entries(locked.packages).every(([folder, entry]) => {
    if (folder === '' || entry.link === true) return true;
    const found = installed.packages[folder];
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

/**
 * The npm package `node` fetches its binary in an install script. An npm that runs no scripts leaves it out; then we run
 * that step ourselves.
 */
function ensurePinnedNode() {
  if (nodeVersion() === `v${WANTED}`) return;
  const folder = path.join(root, 'node_modules', 'node');
  if (!existsSync(path.join(folder, 'installArchSpecificPackage.js'))) throw new SetupError(remedy());
  say(`bringing Node ${WANTED} …`);
  const options = { cwd: folder, env: environmentWithoutNpm(), encoding: 'utf8' };
  const result = spawnSync(process.execPath, ['installArchSpecificPackage'], options);
  linkNode();
  if (nodeVersion() !== `v${WANTED}`) throw new SetupError(`${remedy()}\n${result.stdout ?? ''}${result.stderr ?? ''}`);
}

function remedy() {
  return (
    `Node ${WANTED} is not in node_modules/.bin/node. Run \`npm ci --ignore-scripts=false\` in ${root}; if that does not ` +
    `bring it, this platform (${process.platform}-${process.arch}) or the registry has no package for it.`
  );
}

/** npm makes the link of a package's program only when the program is there at that time. */
function linkNode() {
  if (process.platform === 'win32') return;
  const link = path.join(root, 'node_modules', '.bin', 'node');
  if (existsSync(link)) return;
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link);
  symlinkSync(path.join('..', 'node', 'bin', 'node'), link);
}

function nodeVersion() {
  const result = spawnSync(pinnedNode(), ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** A fingerprint of files and folders (specs apart, which are not built). */
function hashOf(names, salt = '') {
  const hash = createHash('sha256').update(salt);
  for (const name of names) {
    for (const file of filesOf(path.join(root, name))) {
      hash.update(`\0${path.relative(root, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

function filesOf(target) {
  const status = lstatSync(target, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (!status.isDirectory()) return target.endsWith('.spec.ts') ? [] : [target];
  const names = readdirSync(target);
  names.sort(); // oxlint-disable-line unicorn/no-array-sort -- Node 18 has no toSorted
  return names.flatMap((name) => filesOf(path.join(target, name)));
}

function parsed(file) {
  const text = read(file);
  return text === undefined ? undefined : JSON.parse(text);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function say(what) {
  process.stderr.write(`holdfast: ${what}\n`);
}

/** Runs a set-up and ends the program with its message when it cannot be done. */
export function setUpOrExit(...steps) {
  try {
    for (const step of steps) step();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`holdfast: ${error.message}\n`);
    process.exit(1);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  setUpOrExit(bringDependencies, ...(process.argv.includes('--no-build') ? [] : [build]));
}
