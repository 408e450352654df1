/**
 * Programs of the system that tests run: scripts of operations are shell and Python, examples use curl and tar. What is
 * missing is installed where that is possible, as root with apt; else the run fails and says what to install.
 */
import { spawnSync } from 'node:child_process';
import { SetupError } from './setup.mjs';

/** Program → Debian package. */
const PROGRAMS = {
  bash: 'bash',
  curl: 'curl',
  prlimit: 'util-linux',
  python3: 'python3',
  tar: 'tar',
  unshare: 'util-linux',
};

/** @throws SetupError that names what is missing */
export function bringPrograms() {
  const missing = missingPrograms();
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => PROGRAMS[name]))];
  const isPossible = process.getuid?.() === 0 && isThere('apt-get');
  if (isPossible) {
    process.stderr.write(`holdfast: installing ${packages.join(', ')} (apt) …\n`);
    apt('update');
    apt('install', '--yes', '--no-install-recommends', ...packages);
  }
  const left = missingPrograms();
  if (left.length > 0) {
    throw new SetupError(`The tests need ${left.join(', ')}: install the packages ${packages.join(', ')}.`);
  }
}

function missingPrograms() {
  return Object.keys(PROGRAMS).filter((name) => !isThere(name));
}

function isThere(program) {
  return spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0;
}

function apt(...args) {
  const result = spawnSync('apt-get', ['--quiet=2', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.status !== 0) {
    throw new SetupError(`apt-get ${args[0]} failed.\n${result.stdout ?? ''}${result.stderr ?? ''}`);
  }
}
