#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=30
/** The `holdfast` command. Under a Node that is too old it runs itself again under the pinned one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { handOver, heapFlags, isNewEnough, pinnedNode, root } from '../scripts/run.mjs';

const main = path.join(root, 'dist', 'main.js');

function refuse(reason) {
  process.stderr.write(`holdfast: ${reason}\n`);
  process.exit(1);
}

if (!existsSync(main)) {
  refuse('it is not built yet. Run `node scripts/setup.mjs` once.');
} else if (isNewEnough()) {
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
} else if (existsSync(pinnedNode())) {
  handOver(pinnedNode(), [...heapFlags, fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
} else {
  refuse(
    `it needs Node 24.9 or newer; this is ${process.version}. Run \`node scripts/setup.mjs\` once, which brings it.`,
  );
}
