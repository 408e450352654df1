import type { Diagnostics } from '../diagnostics.js';
import { Path, dslError } from '../diagnostics.js';
import { kindOf } from '../values.js';
import type { DslVersion } from '../versions.js';
import { DSL_VERSIONS, dslVersion } from '../versions.js';
import type { MappingNode, Node } from '../yaml/tree.js';
import { valueOf } from '../yaml/tree.js';

const KEY = 'tosca_definitions_version';

/**
 * The version that a main file declares (dsl.md §4).
 * @throws DslError 27 without one, 1 if it is no text, 29 if there is no such version
 */
export function declaredVersion(root: MappingNode): DslVersion {
  const node = root.entries.get(KEY)?.value;
  if (node === undefined || isNull(node)) {
    throw dslError({ code: 27, at: { node: root, path: Path.ROOT }, message: `'${KEY}' is missing` });
  }
  return versionAt(node);
}

/**
 * An imported file may leave the version out; if it has one, it may not be newer than the main file's.
 * @throws DslError 28, or as above
 */
export function checkImportedVersion(root: MappingNode, main: DslVersion): void {
  const node = root.entries.get(KEY)?.value;
  if (node === undefined || isNull(node)) {
    return;
  }
  const version = versionAt(node);
  if (version.minor > main.minor) {
    const message = `the imported file has the version ${version.raw}, newer than ${main.raw} of the main file`;
    throw dslError({ code: 28, at: { node, path: Path.ROOT.child(KEY) }, message });
  }
}

/** `dsl_definitions` of the main file: its kind and its gate, never its contents. */
export function checkDefinitions(
  root: MappingNode,
  version: DslVersion,
  gating: boolean,
  diagnostics: Diagnostics,
): void {
  const node = root.entries.get('dsl_definitions')?.value;
  if (node === undefined || isNull(node)) {
    return;
  }
  const at = { node, path: Path.ROOT.child('dsl_definitions') };
  if (node.kind === 'scalar') {
    const message = `Expected 'dict' or 'list' type but found '${kindOf(node.value)}' type`;
    diagnostics.error({ code: 1, at, message });
  } else if (gating && version.minor < 2) {
    const message = `dsl_definitions not supported in version ${version.raw}, it was added in cloudify_dsl_1_2`;
    diagnostics.error({ code: 102, at, message });
  }
}

function versionAt(node: Node): DslVersion {
  const at = { node, path: Path.ROOT.child(KEY) };
  const value = valueOf(node);
  if (typeof value !== 'string') {
    throw dslError({ code: 1, at, message: `Expected 'string' type but found '${kindOf(value)}' type` });
  }
  const version = dslVersion(value);
  if (version === undefined) {
    const known = DSL_VERSIONS.map(({ raw }) => raw).join(', ');
    throw dslError({ code: 29, at, message: `Unexpected ${KEY} '${value}'; it must be one of: ${known}` });
  }
  return version;
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}
