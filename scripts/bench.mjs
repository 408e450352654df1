/**
 * `npm run bench [-- SECONDS]`: builds, then measures each scenario beside its floor; writes docs/benchmarks.md.
 * `npm run bench -- dsl`: the blueprint language beside plain YAML parsing; writes docs/benchmarks-dsl.md.
 */
import path from 'node:path';
import { environmentForTools, handOver, pinnedNode, root } from './run.mjs';
import { bringDependencies, build, setUpOrExit } from './setup.mjs';

const isLanguage = process.argv[2] === 'dsl';

setUpOrExit(bringDependencies, ...(isLanguage ? [] : [build]));

handOver(
  pinnedNode(),
  [
    '--import',
    path.join(root, 'test/support/typescript-hooks.mjs'),
    path.join(root, isLanguage ? 'bench/dsl/main.ts' : 'bench/main.ts'),
    ...process.argv.slice(isLanguage ? 3 : 2),
  ],
  { env: environmentForTools() },
);
