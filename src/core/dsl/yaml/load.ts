import type { Diagnostic, Diagnostics } from '../diagnostics.js';
import { DslError, Path } from '../diagnostics.js';
import { keyText } from '../values.js';
import { TreeBuilder } from './builder.js';
import { surveyOf } from './characters.js';
import { Cursor } from './cursor.js';
import { readDocument } from './document.js';
import { YamlFault } from './fault.js';
import type { YamlLimits } from './limits.js';
import { DEFAULT_YAML_LIMITS } from './limits.js';
import { TextSource } from './source.js';
import type { Node } from './tree.js';

export interface LoadOptions {
  readonly limits?: Partial<YamlLimits>;
  /** Takes the warnings: keys that are written twice. */
  readonly diagnostics?: Diagnostics;
}

/**
 * Reads a file in the dialect of blueprints, YAML 1.1 as Python's safe loader reads it (dsl.md §2). Null for an empty
 * file. Takes time in proportion to the text, whatever the text is.
 * @param name as the file's user knows it; stands in every message
 * @throws DslError −1 for illegal YAML and for a limit, 108 for text that is not ASCII
 */
export function loadYaml(text: string, name: string, options: LoadOptions = {}): Node | null {
  const source = new TextSource(name, text);
  const limits = { ...DEFAULT_YAML_LIMITS, ...options.limits };
  try {
    return read(text, source, limits, options.diagnostics);
  } catch (error) {
    throw error instanceof YamlFault ? new DslError([diagnosticOf(error, source, text)]) : error;
  }
}

function read(text: string, source: TextSource, limits: YamlLimits, diagnostics?: Diagnostics): Node | null {
  if (text.length > limits.maxLength) {
    throw new YamlFault(`longer than ${String(limits.maxLength)} characters`, 0);
  }
  const { ascii, unprintable } = surveyOf(text);
  if (unprintable !== null) {
    throw new YamlFault('a control character, which YAML does not allow', unprintable);
  }
  const builder = new TreeBuilder(source, limits, ascii);
  const root = readDocument(new Cursor(text), builder);
  const faults = builder.faults.toSorted((one, other) => one.offset - other.offset || one.code - other.code);
  const [first, ...rest] = faults.map((fault) => diagnosticOf(fault, source, text));
  if (first !== undefined) {
    throw new DslError([first, ...rest]);
  }
  for (const node of builder.duplicates) {
    const message = `key '${keyText(node.value)}' is written more than once; the last one counts`;
    diagnostics?.warn({ message, at: { node, path: Path.ROOT } });
  }
  return root;
}

function diagnosticOf(fault: YamlFault, source: TextSource, text: string): Diagnostic {
  const { line, column } = source.position(fault.offset);
  return {
    severity: 'error',
    code: fault.code,
    class: fault.code === 108 ? 'input-type' : 'format',
    message: fault.code === 108 ? fault.message : `illegal YAML: ${fault.message}${hint(fault.offset, text)}`,
    file: source.name,
    line,
    column,
    path: '',
  };
}

/** Templates in double braces are what most users forget to quote. */
function hint(offset: number, text: string): string {
  const end = text.indexOf('\n', offset);
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, end === -1 ? undefined : end);
  return line.includes('{{') ? ' (a value with {{ … }} must be quoted)' : '';
}
