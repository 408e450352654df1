// This file also runs inside the reading thread, where Node may be the one that strips the types (read-in-worker.ts):
// type-only imports say `import type`, and no syntax here needs more than erasing.
import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Node, Pair } from 'yaml';

/** What an untrusted YAML file may cost (security-design §8). */
export interface YamlLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  /** Scalars and collections, after every alias is replaced by what it stands for. */
  readonly maxNodes: number;
}

export const BLUEPRINT_YAML_LIMITS: YamlLimits = { maxBytes: 5 * 1024 * 1024, maxDepth: 64, maxNodes: 1_000_000 };

/** What can be told of a main file without knowing the language. */
export type YamlHead =
  | {
      readonly kind: 'ok';
      readonly version: string | null;
      readonly description: string | null;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly message: string };

const CORE_TAGS: ReadonlySet<string> = new Set(
  ['int', 'str', 'bool', 'float', 'null', 'map', 'seq', 'binary', 'set', 'omap', 'pairs', 'timestamp', 'merge'].map(
    (name) => `tag:yaml.org,2002:${name}`,
  ),
);
const MAX_WARNINGS = 20;

/** Reads a YAML file in the dialect of blueprints (dsl.md §2) within the limits. */
export function readYamlHead(bytes: Uint8Array, limits: YamlLimits): YamlHead {
  try {
    return head(bytes, limits);
  } catch (error) {
    if (error instanceof YamlProblem) return { kind: 'invalid', message: error.message };
    if (error instanceof RangeError) return { kind: 'invalid', message: tooDeep(limits) };
    throw error;
  }
}

function head(bytes: Uint8Array, limits: YamlLimits): YamlHead {
  if (bytes.length > limits.maxBytes) throw new YamlProblem(`the file is larger than ${limits.maxBytes} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(decode(bytes), {
    version: '1.1',
    schema: 'failsafe',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error) {
    if (/call stack/.test(error.message)) throw new YamlProblem(tooDeep(limits)); // how the parser reports its own end
    const { line, col } = lines.linePos(error.pos[0]);
    throw new YamlProblem(`illegal YAML in line ${line}, column ${col}: ${error.message}`);
  }
  const walk = new Walk(limits, lines);
  walk.size(document.contents, 0);
  const root: unknown = document.contents;
  if (root !== null && !isMap(root) && !(isScalar(root) && isEmptyText(root.value))) {
    throw new YamlProblem('the main file is not a mapping');
  }
  const text = (key: string): string | null => (isMap(root) ? textUnder(root.items, key) : null);
  return {
    kind: 'ok',
    version: text('tosca_definitions_version'),
    description: text('description'),
    warnings: walk.warnings,
  };
}

/** The file's fault. */
class YamlProblem extends Error {}

interface Measure {
  readonly size: number;
  readonly depth: number;
}

/** Counts what a tree costs once its aliases are written out, without writing them out. */
class Walk {
  readonly warnings: string[] = [];
  private readonly limits: YamlLimits;
  private readonly lines: LineCounter;
  private readonly anchors = new Map<string, Node>();
  private readonly known = new Map<Node, Measure>();
  private readonly open = new Set<Node>();

  constructor(limits: YamlLimits, lines: LineCounter) {
    this.limits = limits;
    this.lines = lines;
  }

  /** Nodes in and below this one. */
  size(node: unknown, above: number): number {
    return this.measure(node, above).size;
  }

  private measure(node: unknown, above: number): Measure {
    if (above > this.limits.maxDepth) throw new YamlProblem(tooDeep(this.limits));
    if (isAlias(node)) return this.alias(node, above);
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isScalar(node)) {
      this.checkTag(node);
      return { size: 1, depth: 0 };
    }
    if (!isCollection(node)) return { size: 1, depth: 0 };
    const before = this.known.get(node);
    if (before) return this.placed(before, above);
    if (this.open.has(node)) throw new YamlProblem(`an alias in ${this.place(node)} contains itself`);
    this.checkTag(node);
    this.open.add(node);
    let size = 1;
    let depth = 0;
    for (const child of node.items.flatMap(partsOf)) {
      const part = this.measure(child, above + 1);
      size += part.size;
      depth = Math.max(depth, part.depth + 1);
      if (size > this.limits.maxNodes) {
        throw new YamlProblem(`the file has more than ${this.limits.maxNodes} nodes once its aliases are expanded`);
      }
    }
    this.open.delete(node);
    if (isMap(node)) this.noteDuplicates(node.items);
    const measured = { size, depth };
    this.known.set(node, measured);
    return measured;
  }

  /** An alias costs what it stands for. Anchors are met in the order of the text, so the latest of a name is the one meant. */
  private alias(alias: Node & { readonly source: string }, above: number): Measure {
    const target = this.anchors.get(alias.source);
    if (target === undefined) throw new YamlProblem(`undefined alias in ${this.place(alias)}`);
    return this.measure(target, above);
  }

  private placed(measured: Measure, above: number): Measure {
    if (above + measured.depth > this.limits.maxDepth) throw new YamlProblem(tooDeep(this.limits));
    return measured;
  }

  private checkTag(node: Node & { tag?: string }): void {
    const { tag } = node;
    if (tag === undefined || tag === '!' || CORE_TAGS.has(tag)) return;
    throw new YamlProblem(`unknown tag in ${this.place(node)}`);
  }

  private noteDuplicates(items: readonly Pair[]): void {
    const seen = new Set<string>();
    for (const { key } of items) {
      if (!isScalar(key) || typeof key.value !== 'string' || key.value === '<<') continue;
      if (seen.has(key.value) && this.warnings.length < MAX_WARNINGS) {
        this.warnings.push(
          `The key ${JSON.stringify(key.value.slice(0, 100))} appears again in ${this.place(key)}; the last one counts`,
        );
      }
      seen.add(key.value);
    }
  }

  private place(node: Node): string {
    return `line ${this.lines.linePos(node.range?.[0] ?? 0).line}`;
  }
}

function partsOf(item: unknown): unknown[] {
  return isPair(item) ? [item.key, item.value] : [item];
}

/** The last text under a key of the root: where a key appears twice the last one counts. */
function textUnder(items: readonly Pair[], key: string): string | null {
  const pair = items.findLast((item) => isScalar(item.key) && item.key.value === key);
  return pair && isScalar(pair.value) && typeof pair.value.value === 'string' ? pair.value.value : null;
}

function isEmptyText(value: unknown): boolean {
  return value === null || value === '';
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new YamlProblem('the file is not UTF-8');
  }
}

function tooDeep(limits: YamlLimits): string {
  return `the file is nested more than ${limits.maxDepth} levels deep`;
}
