import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets the heap grow as if the machine were ours alone: twice what is alive, and young generations of many MiB. A
 * manager shares its machine with a database. These flags are read while the heap grows, so they work when set first
 * thing; they cost some per cent of CPU and save half of the memory (docs/benchmarks.md).
 */
setFlagsFromString('--max-semi-space-size=8');
setFlagsFromString('--heap-growing-percent=30');
