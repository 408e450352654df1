import type { ImportRule, PluginPins } from '../parse-request.js';
import { readImportRules } from './import-rules.js';

/** How a manager resolves imports: its setting `import_resolver` (dsl.md §5.2, §5.3). */
export interface ResolverSettings {
  readonly rules: readonly ImportRule[];
  /** Whether a URL itself is tried when all rules have failed. */
  readonly fallback: boolean;
  readonly pins: PluginPins;
}

/** The setting has another shape than it must have; the message says where. */
export class ResolverSettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

export const NO_RESOLVER_SETTINGS: ResolverSettings = {
  rules: [],
  fallback: true,
  pins: { mappings: new Map(), constraints: new Map() },
};

/**
 * Reads `{implementation?, parameters?: {rules?, fallback?, plugin_version_constraints?, plugin_mappings?}}`. Absent and
 * null mean that nothing is set; `implementation` named a Python class and means nothing here.
 * @throws ResolverSettingsError
 */
export function readResolverSettings(section: unknown): ResolverSettings {
  const { parameters } = record('import_resolver', section);
  const { plugin_mappings: mappings, plugin_version_constraints: constraints } = record('parameters', parameters);
  return {
    ...importRules(parameters),
    pins: {
      mappings: texts('plugin_mappings', mappings),
      constraints: texts('plugin_version_constraints', constraints),
    },
  };
}

function importRules(parameters: unknown): Pick<ResolverSettings, 'rules' | 'fallback'> {
  try {
    return readImportRules(parameters);
  } catch (error) {
    throw new ResolverSettingsError(error instanceof Error ? error.message : String(error));
  }
}

function texts(name: string, value: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(record(name, value)).map(([key, text]) => {
      if (typeof text !== 'string') throw new ResolverSettingsError(`import resolver: ${name} must hold texts`);
      return [key, text];
    }),
  );
}

function record(name: string, value: unknown): Readonly<Record<string, unknown>> {
  const given = value ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new ResolverSettingsError(`import resolver: ${name} must be a mapping`);
  }
  return given as Readonly<Record<string, unknown>>;
}
