/** `npm run -s conformance -- CASES_DIR OUT_DIR`: what the blueprint language makes of each case, in one process. */
import path from 'node:path';
import { environmentForTools, handOver, pinnedNode, root } from './run.mjs';
import { bringDependencies, setUpOrExit } from './setup.mjs';

setUpOrExit(bringDependencies);

const folders = process.argv.slice(2).map((folder) => path.resolve(process.env.INIT_CWD ?? '.', folder));
handOver(
  pinnedNode(),
  [
    '--import',
    path.join(root, 'test/support/typescript-hooks.mjs'),
    path.join(root, 'test/conformance/main.ts'),
    ...folders,
  ],
  { env: environmentForTools() },
);
