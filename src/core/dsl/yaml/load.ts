import type { ParseOptions } from 'yaml';
import { parseDocument } from 'yaml';

import type { Diagnostics } from '../diagnostics.js';
import { DslError, Path } from '../diagnostics.js';
import { keyText } from '../values.js';
import type { YamlLimits } from './build.js';
import { TreeBuilder } from './build.js';
import { TextSource } from './source.js';
import type { Node } from './tree.js';

export interface LoadOptions {
  readonly limits?: Partial<YamlLimits>;
  /** Takes the warnings: keys that are written twice. */
  readonly diagnostics?: Diagnostics;
}

export const DEFAULT_YAML_LIMITS: YamlLimits = { maxLength: 16 * 1024 * 1024, maxDepth: 200, maxNodes: 5_000_000 };

const DIALECT = {
  version: '1.1',
  schema: 'failsafe',
  merge: false,
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
} as const satisfies ParseOptions & Record<string, unknown>;

/**
 * Reads a file in the dialect of blueprints (dsl.md §2). Null for an empty one.
 * @param name as the file's user knows it; stands in every message
 * @throws DslError −1 for illegal YAML or a limit, 108 for text that is not ASCII
 */
export function loadYaml(text: string, name: string, options: LoadOptions = {}): Node | null {
  const limits = { ...DEFAULT_YAML_LIMITS, ...options.limits };
  const source = new TextSource(name, text);
  const fault = (code: -1 | 108, message: string, offset: number): DslError => illegal(source, code, message, offset);
  const document = parseDocument(text, DIALECT);
  const [error] = document.errors;
  if (error !== undefined) {
    throw fault(-1, `illegal YAML: ${error.message}`, error.pos[0]);
  }
  if (document.contents === null) {
    return null;
  }
  const root = new TreeBuilder(source, limits, {
    fault,
    duplicate: (node) => {
      const message = `key '${keyText(node.value)}' is written more than once; the last one counts`;
      options.diagnostics?.warn({ message, at: { node, path: Path.ROOT } });
    },
  }).build(document.contents);
  return root.kind === 'scalar' && root.value === null ? null : root;
}

function illegal(source: TextSource, code: -1 | 108, message: string, offset: number): DslError {
  const { line, column } = source.position(offset);
  return new DslError([
    {
      severity: 'error',
      code,
      class: code === 108 ? 'input-type' : 'format',
      message,
      file: source.name,
      line,
      column,
      path: '',
    },
  ]);
}
