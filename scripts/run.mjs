/** What the scripts and `holdfast` share: where the pinned Node is, and how to hand over to another program. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The Node that `package.json` pins; `npm ci` brings it. */
export function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(root, 'node_modules', 'node', 'bin', name);
}

/**
 * V8 lets a heap grow as if the machine were its own. A manager shares it with a database: these keep its memory at half
 * (docs/benchmarks.md), and only work from the command line.
 */
export const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=30'];

/** The environment in which the project's programs, and the pinned Node, come first. */
export function environmentForTools(extra = {}) {
  const bin = [path.join(root, 'node_modules', 'node', 'bin'), path.join(root, 'node_modules', '.bin')];
  return { ...process.env, PATH: [...bin, process.env.PATH ?? ''].join(path.delimiter), ...extra };
}

/** True for Node 24.9 and newer: what the program needs. */
export function isNewEnough(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 9);
}

/** Runs a program in our place: its input and output are ours, our signals are its, and so is our exit code. */
export function handOver(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C reaches everything in the terminal's foreground by itself; passing it on would say it twice.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`holdfast: cannot run ${command}: ${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
