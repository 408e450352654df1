import type { ImportRule } from '../parse-request.js';

/** A manager's setting `import_resolver.parameters` (dsl.md §5.2). */
export interface ImportRules {
  readonly rules: readonly ImportRule[];
  readonly fallback: boolean;
}

/**
 * Reads that setting as JSON or YAML gave it; absent means no rules.
 * @throws Error that says what is wrong: rules are a list of mappings with one entry, prefix to replacement
 */
export function readImportRules(parameters: unknown): ImportRules {
  const given = parameters ?? {};
  if (!isObject(given)) {
    throw new Error('import resolver: the parameters must be a mapping');
  }
  const { rules = [], fallback = true } = given;
  if (!Array.isArray(rules)) {
    throw new Error('import resolver: the rules must be a list');
  }
  if (typeof fallback !== 'boolean') {
    throw new Error('import resolver: fallback must be true or false');
  }
  return { rules: rules.map(readRule), fallback };
}

/** What a URL may stand for: each matching rule's replacement in order, then the URL itself. */
export function urlCandidates(url: string, { rules, fallback }: ImportRules): readonly string[] {
  const replaced = rules
    .filter((rule) => url.startsWith(rule.prefix))
    .map((rule) => `${rule.replacement}${url.slice(rule.prefix.length)}`);
  return fallback ? [...replaced, url] : replaced;
}

function readRule(rule: unknown, index: number): ImportRule {
  const entries = isObject(rule) ? Object.entries(rule) : [];
  const [entry] = entries;
  if (entries.length !== 1 || entry === undefined || typeof entry[1] !== 'string') {
    throw new Error(
      `import resolver: rule ${String(index + 1)} must be a mapping with one entry, prefix to replacement`,
    );
  }
  return { prefix: entry[0], replacement: entry[1] };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
