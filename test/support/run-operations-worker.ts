/** A small worker for tests that kill it: runs one script in the containment that its arguments name, and never ends. */
import { mkdirSync } from 'node:fs';
import { OperationsWorld } from '../integration/operations-world.js';
import type { Containment } from '../../src/platform/operations/process/containment.js';

const [base = '', containment = 'marked', source = ''] = process.argv.slice(2);
mkdirSync(base, { recursive: true, mode: 0o755 });
const world = await OperationsWorld.open({ operationsFolder: base }, undefined, {
  containment: containment as Containment['kind'],
});
world.host.beforeLine = (line) => console.log(line);
await world.shell(source);
