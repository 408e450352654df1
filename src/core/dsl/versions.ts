/** A version of the language: `cloudify_dsl_1_MINOR`. */
export interface DslVersion {
  readonly raw: string;
  readonly major: number;
  readonly minor: number;
}

const PREFIX = 'cloudify_dsl_';

export const DSL_VERSIONS: readonly DslVersion[] = [0, 1, 2, 3, 4, 5].map((minor) => ({
  raw: `${PREFIX}1_${String(minor)}`,
  major: 1,
  minor,
}));

/** The version of that name, or undefined (dsl.md §4, error 29). */
export function dslVersion(raw: string): DslVersion | undefined {
  return DSL_VERSIONS.find((version) => version.raw === raw);
}

/** What is put into file names: `1_4`. */
export function versionSuffix(version: DslVersion): string {
  return version.raw.slice(PREFIX.length);
}

export const NEWEST_VERSION: DslVersion = { raw: `${PREFIX}1_5`, major: 1, minor: 5 };
