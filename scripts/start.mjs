/** `npm start -- OPTIONS`: brings what is missing, then serves (`holdfast serve OPTIONS`), by default from ./data. */
import path from 'node:path';
import { environmentForTools, handOver, heapFlags, pinnedNode, root } from './run.mjs';
import { bringDependencies, build, setUpOrExit } from './setup.mjs';

setUpOrExit(bringDependencies, build);

const given = process.argv.slice(2);
const saysWhere =
  given.some((option) => /^--(data|config|help)(=|$)|^-h$/.test(option)) || 'HOLDFAST_DATA_DIR' in process.env;
const options = saysWhere ? given : ['--data', path.join(root, 'data'), ...given];
handOver(
  pinnedNode(),
  [...heapFlags, '--enable-source-maps', path.join(root, 'dist', 'main.js'), 'serve', ...options],
  {
    env: environmentForTools(),
  },
);
