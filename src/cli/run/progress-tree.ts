import type { Progress, ShownInstance } from './progress.js';

/** The size of what is drawn on, in characters. */
interface Canvas {
  readonly columns: number;
  readonly rows: number;
}

const BAR = 30;
/** Lines besides the tree: the head, operations under way, and the line the cursor stands on. */
const OTHER_ROWS = 4;
const QUIET = new Set(['started', 'deleted', 'uninitialized']);

/** A picture of a run: head with a bar, the tree of node instances, the operations under way. No line is wider than the canvas. */
export function drawProgress(progress: Progress, { columns, rows }: Canvas): readonly string[] {
  const tree = treeLines(progress.instances);
  const room = Math.max(1, rows - OTHER_ROWS);
  const shown = tree.length <= room ? tree : mostTelling(tree, room - 1);
  const left = tree.length - shown.length;
  const current = progress.current.length === 0 ? [] : [`running: ${progress.current.join(', ')}`];
  return [
    head(progress),
    ...shown.map(({ text }) => text),
    ...(left > 0 ? [`… and ${left} more`] : []),
    ...current,
  ].map((line) => cut(line, columns));
}

interface TreeLine {
  readonly text: string;
  readonly isQuiet: boolean;
}

function head({ workflow, status, finishedOperations: done, totalOperations: total }: Progress): string {
  const filled = total === 0 ? 0 : Math.min(BAR, Math.floor((BAR * done) / total));
  return `${workflow} ${status} [${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}] ${done}/${total} operations`;
}

function treeLines(instances: readonly ShownInstance[]): readonly TreeLine[] {
  const ids = new Set(instances.map(({ id }) => id));
  const contents = Map.groupBy(instances, ({ container }) =>
    container !== null && ids.has(container) ? container : null,
  );
  const lines: TreeLine[] = [];
  // A stack and no recursion: how deep containment goes is up to the blueprint.
  const open: { readonly instance: ShownInstance; readonly prefix: string; readonly isLast: boolean }[] = [];
  const push = (container: string | null, prefix: string): void => {
    const inside = contents.get(container) ?? [];
    inside.forEach((_, index) => {
      const instance = inside[inside.length - 1 - index];
      if (instance !== undefined) open.push({ instance, prefix, isLast: index === 0 });
    });
  };
  push(null, '');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { instance, prefix, isLast } = next;
    lines.push({
      text: `${prefix}${isLast ? '└─' : '├─'} ${instance.id} ${instance.state}`,
      isQuiet: QUIET.has(instance.state),
    });
    push(instance.id, `${prefix}${isLast ? '   ' : '│  '}`);
  }
  return lines;
}

/** Those in which something happens go first where there is no room for all; the order stays. */
function mostTelling(lines: readonly TreeLine[], room: number): readonly TreeLine[] {
  const busy = lines.filter(({ isQuiet }) => !isQuiet).length;
  let places = Math.max(0, room - busy);
  let busyPlaces = room;
  return lines.filter(({ isQuiet }) => (isQuiet ? places-- > 0 : busyPlaces-- > 0)).slice(0, room);
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
