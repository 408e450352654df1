import type { Diagnostic } from '../../core/dsl/diagnostics.js';
import { ERROR_CODES } from '../../core/dsl/error-codes.js';
import { VERSION } from '../../platform/version.js';
import type { DiagnosticContext } from './diagnostic-text.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Diagnostics as a SARIF 2.1.0 log, which code-scanning tools read. */
export function sarifLog(diagnostics: readonly Diagnostic[], context: DiagnosticContext): object {
  const ruleIds = [...new Set(diagnostics.map(ruleIdOf))];
  const rules = ruleIds.map((id) => ({ id, shortDescription: { text: titleOf(id) } }));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'holdfast', version: VERSION, rules } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => ({
          ruleId: ruleIdOf(diagnostic),
          ruleIndex: ruleIds.indexOf(ruleIdOf(diagnostic)),
          level: diagnostic.severity,
          message: { text: diagnostic.message },
          locations: [locationOf(diagnostic, context)],
        })),
      },
    ],
  };
}

function locationOf({ file, line, column, path }: Diagnostic, context: DiagnosticContext): object {
  const uri = context
    .nameOf(file ?? context.mainFile)
    .split('/')
    .map(encodeURIComponent)
    .join('/');
  return {
    physicalLocation: {
      artifactLocation: { uri },
      ...(line === null ? {} : { region: { startLine: line, startColumn: column ?? 1 } }),
    },
    ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
  };
}

function ruleIdOf({ code, severity }: Diagnostic): string {
  return code === null ? severity : `dsl-${code}`;
}

function titleOf(ruleId: string): string {
  if (ruleId === 'warning') return 'legal, but hardly meant';
  return ERROR_CODES.get(Number(ruleId.slice('dsl-'.length))) ?? 'an error of the blueprint language without a number';
}
