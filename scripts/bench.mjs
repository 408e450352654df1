/**
 * `npm run bench [-- SECONDS]`: builds, then measures each scenario beside its floor; writes docs/benchmarks.md.
 * `npm run bench -- dsl`: the blueprint language beside plain YAML parsing; writes docs/benchmarks-dsl.md.
 * `npm run bench -- engine`: the task-graph engine alone; writes docs/benchmarks-engine.md.
 * `npm run bench -- events`: lists of a million events beside the same in hand-written SQL; writes docs/benchmarks-events.md.
 * `npm run bench -- uploads`: what others feel while blueprints are uploaded and read; writes docs/benchmarks-uploads.md.
 * `npm run bench -- workflows [small]`: installs of up to 10,000 node instances; writes docs/benchmarks-workflows.md.
 */
import path from 'node:path';
import { environmentForTools, handOver, pinnedNode, root } from './run.mjs';
import { bringDependencies, build, setUpOrExit } from './setup.mjs';

/** Benches of their own; what runs no manager needs no build. */
const PARTS = {
  dsl: { file: 'bench/dsl/main.ts', built: false },
  engine: { file: 'bench/engine/main.ts', built: false },
  events: { file: 'bench/events/main.ts', built: true },
  uploads: { file: 'bench/uploads/main.ts', built: true },
  workflows: { file: 'bench/workflows/main.ts', built: true },
};
const part = PARTS[process.argv[2]];
const { file, built } = part ?? { file: 'bench/main.ts', built: true };

setUpOrExit(bringDependencies, ...(built ? [build] : []));

handOver(
  pinnedNode(),
  [
    '--import',
    path.join(root, 'test/support/typescript-hooks.mjs'),
    path.join(root, file),
    ...process.argv.slice(part === undefined ? 2 : 3),
  ],
  { env: environmentForTools() },
);
