/** `npm run bench [-- SECONDS]`: builds, then measures each scenario beside its floor; writes docs/benchmarks.md. */
import path from 'node:path';
import { environmentForTools, handOver, pinnedNode, root } from './run.mjs';
import { bringDependencies, build, setUpOrExit } from './setup.mjs';

setUpOrExit(bringDependencies, build);

handOver(
  pinnedNode(),
  [
    '--import',
    path.join(root, 'test/support/typescript-hooks.mjs'),
    path.join(root, 'bench/main.ts'),
    ...process.argv.slice(2),
  ],
  { env: environmentForTools() },
);
