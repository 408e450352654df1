import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import type { GraphNode, TaskGraph } from '../../../core/graph/task.js';

const unpack = promisify(gunzip);
/** Tasks that are written or read in one go; other work has its turn in between. */
const TASKS_AT_ONCE = 2_000;

type Header = Omit<TaskGraph, 'nodes'>;

/** A graph as it is stored: lines of JSON, packed; the first line is what it has besides tasks. */
export async function packGraph(graph: TaskGraph): Promise<Buffer> {
  let packed = Buffer.alloc(0);
  await pipeline(linesOf(graph), createGzip({ level: 1 }), async (chunks: AsyncIterable<Buffer>) => {
    packed = await buffer(chunks);
  });
  return packed;
}

/** One after the other: as a whole, a large graph is never text. */
async function* linesOf({ nodes, ...header }: TaskGraph): AsyncGenerator<Buffer> {
  yield Buffer.from(JSON.stringify(header satisfies Header));
  for (let from = 0; from < nodes.length; from += TASKS_AT_ONCE) {
    yield Buffer.from(`\n${JSON.stringify(nodes.slice(from, from + TASKS_AT_ONCE))}`);
    await breath();
  }
}

export async function unpackGraph(packed: Buffer): Promise<TaskGraph> {
  const bytes = await unpack(packed);
  const nodes: GraphNode[] = [];
  let end = bytes.indexOf('\n');
  const header = JSON.parse(bytes.toString('utf8', 0, end === -1 ? bytes.length : end)) as Header;
  while (end !== -1) {
    const from = end + 1;
    end = bytes.indexOf('\n', from);
    const line = bytes.toString('utf8', from, end === -1 ? bytes.length : end);
    for (const node of JSON.parse(line) as GraphNode[]) nodes.push(node);
    await breath();
  }
  return { ...header, nodes };
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
