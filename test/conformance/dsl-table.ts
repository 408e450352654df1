import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Row } from './dsl-rows.js';
import { ERRORS, FUNCTIONS, PLAN_SECTIONS, SCOPES, SECTIONS, TRAPS } from './dsl-rows.js';

/**
 * Writes docs/dsl-conformance.md from Jest's report of the unit tests (`dsl-table.ts REPORT FOLDER…`), or with `--check`
 * says what is missing in it and whether it is stale; tests outside of the folders do not count. Tests name the rules that they cover in their titles: `[§9.4]`, `[error 105]`,
 * `[trap 6]`, `[plan 3.1]`, `[get_property @ outputs]`.
 */
const ROOT = path.resolve(import.meta.dirname, '../..');
const FILE = path.join(ROOT, 'docs/dsl-conformance.md');
const TAG = /\[([^[\]]{2,60})\]/g;

interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Tag → the specs in which a passing test carries it. */
type Coverage = ReadonlyMap<string, ReadonlySet<string>>;

function coverageOf(report: JestReport, folders: readonly string[]): Coverage {
  const coverage = new Map<string, Set<string>>();
  for (const { name, assertionResults } of report.testResults) {
    const file = path.relative(ROOT, name).replaceAll(path.sep, '/');
    if (!folders.some((folder) => file.startsWith(`${folder}/`))) continue;
    for (const { fullName, status } of assertionResults) {
      if (status !== 'passed') continue;
      for (const [, tag = ''] of fullName.matchAll(TAG)) {
        const key = tag.replace('−', '-');
        coverage.set(key, (coverage.get(key) ?? new Set()).add(file));
      }
    }
  }
  return coverage;
}

function table(rows: readonly Row[], heading: string, coverage: Coverage): string {
  const lines = rows.map(({ tag, title }) => `| ${tag} | ${title} | ${specsOf(tag, coverage)} |`);
  return `## ${heading}\n\n| Rule | | Specs |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
}

function specsOf(tag: string, coverage: Coverage): string {
  const specs = [...(coverage.get(tag) ?? [])].toSorted();
  return specs.length === 0 ? '**none**' : specs.map((spec) => `\`${shortName(spec)}\``).join(', ');
}

function shortName(spec: string): string {
  return spec.replace('src/core/dsl/', '');
}

function functionTag(name: string, scope: string): string {
  return `${name} @ ${scope}`;
}

/** Functions by scopes; a cell has the numbers of the specs that are listed below. */
function matrix(coverage: Coverage): string {
  const specs = [
    ...new Set(
      FUNCTIONS.flatMap((name) => SCOPES.flatMap((scope) => [...(coverage.get(functionTag(name, scope)) ?? [])])),
    ),
  ].toSorted();
  const cell = (name: string, scope: string): string => {
    const numbers = [...(coverage.get(functionTag(name, scope)) ?? [])].map((spec) => specs.indexOf(spec) + 1);
    return numbers.length === 0 ? '**none**' : numbers.toSorted((one, other) => one - other).join(' ');
  };
  const lines = FUNCTIONS.map((name) => `| ${name} | ${SCOPES.map((scope) => cell(name, scope)).join(' | ')} |`);
  const legend = specs.map((spec, index) => `${String(index + 1)}. \`${shortName(spec)}\``);
  return `## Functions by the place where they stand

| | ${SCOPES.join(' | ')} |
| --- |${' --- |'.repeat(SCOPES.length)}
${lines.join('\n')}

${legend.join('\n')}
`;
}

function document(coverage: Coverage): string {
  return `# The blueprint language: which test covers which rule

Written by \`npm run dsl:table\` from the titles of the unit tests; \`npm test\` fails when a rule has no passing test, or
when this file is stale. Sections and error numbers are those of the language's reference, rules of plans those of its
second part. Specs lie in \`src/core/dsl\` unless their path says otherwise.

${table(SECTIONS, 'Sections of the language', coverage)}
${table(PLAN_SECTIONS, 'Plans and node instances', coverage)}
${table(ERRORS, 'Errors', coverage)}
${table(TRAPS, 'Traps', coverage)}
${matrix(coverage)}`;
}

function uncovered(coverage: Coverage): readonly string[] {
  const tags = [
    ...[...SECTIONS, ...PLAN_SECTIONS, ...ERRORS, ...TRAPS].map(({ tag }) => tag),
    ...FUNCTIONS.flatMap((name) => SCOPES.map((scope) => functionTag(name, scope))),
  ];
  return tags.filter((tag) => !coverage.has(tag));
}

const args = process.argv.slice(2);
const [reportFile, ...folders] = args.filter((arg) => arg !== '--check');
if (reportFile === undefined) throw new Error('usage: dsl-table.ts [--check] REPORT FOLDER…');
const coverage = coverageOf(JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport, folders);
const text = document(coverage);
const problems = uncovered(coverage).map((tag) => `no passing test covers [${tag}]`);
if (args.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) problems.push('docs/dsl-conformance.md is stale: run `npm run dsl:table`');
} else {
  writeFileSync(FILE, text);
}
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
