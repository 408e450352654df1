import type { Diagnostic } from './diagnostics.js';
import { Diagnostics, DslError } from './diagnostics.js';
import { checkFunctions } from './functions/check.js';
import { collectRequirements } from './functions/requirements.js';
import { loadDocument } from './imports/load-document.js';
import type { MergedDocument } from './imports/merged-document.js';
import type { ImportResolver } from './imports/resolver.js';
import type { SourceCache } from './imports/sources.js';
import type { ParseRequest } from './parse-request.js';
import type { Plan } from './plan.js';
import { checkInputDefaults } from './schema/inputs.js';
import { checkCycles } from './schema/cycles.js';
import { readDocument } from './schema/document.js';
import { Reading } from './schema/reading.js';
import type { ScheduleClock } from './schema/schedules.js';

export type { SourceCache } from './imports/sources.js';
export type { ImportRule, ParseRequest } from './parse-request.js';

export interface ParseOutcome {
  /** Null exactly when there are errors. */
  readonly plan: Plan | null;
  /** The first is the one that the original would have reported. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

export interface ParseOptions {
  /** Trees of resources (built-in types) that were read before; shared between parses to save reading them again. */
  readonly sources?: SourceCache;
  /** What "today" and the server's zone are for schedules (dsl.md §13). */
  readonly clock?: ScheduleClock;
}

/**
 * What a blueprint means (dsl.md §1, plan.md §1), or all that is wrong with it. Never throws for what a blueprint
 * holds.
 */
export async function parseBlueprint(
  request: ParseRequest,
  resolver: ImportResolver,
  options: ParseOptions = {},
): Promise<ParseOutcome> {
  const diagnostics = new Diagnostics();
  try {
    const cache = options.sources === undefined ? {} : { cache: options.sources };
    const document = await loadDocument(request, resolver, diagnostics, cache);
    const plan = planOf(document, request, diagnostics, options.clock);
    return { plan, errors: [], warnings: diagnostics.warnings };
  } catch (error) {
    if (!(error instanceof DslError)) {
      throw error;
    }
    return { plan: null, errors: error.diagnostics, warnings: diagnostics.warnings };
  }
}

/** Stages 4 to 7 of dsl.md §1; each ends the parse when it finds faults. */
function planOf(
  document: MergedDocument,
  request: ParseRequest,
  diagnostics: Diagnostics,
  clock: ScheduleClock | undefined,
): Plan {
  const reading = new Reading(
    {
      version: document.version,
      gating: request.validateVersions,
      hasFile: request.hasFile,
      namespaces: document.namespaces,
    },
    diagnostics,
  );
  checkCycles(reading, document.root);
  diagnostics.throwIfAny();

  const { inputsAt, ...sections } = readDocument(reading, document.root, clock);
  diagnostics.throwIfAny();

  const inputs = checkInputDefaults(reading, sections.inputs, inputsAt);
  diagnostics.throwIfAny();

  checkFunctions(reading, { ...sections, inputs });
  diagnostics.throwIfAny();

  return {
    version: {
      raw: document.version.raw,
      definitions_name: 'cloudify_dsl',
      definitions_version: [document.version.major, document.version.minor],
    },
    ...sections,
    inputs,
    imported_blueprints: document.importedBlueprints,
    namespaces_mapping: document.namespaces,
    requirements: collectRequirements(sections),
  };
}
