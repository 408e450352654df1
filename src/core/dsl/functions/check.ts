import type { Path } from '../diagnostics.js';
import { Path as DocumentPath } from '../diagnostics.js';
import type { Reading } from '../schema/reading.js';
import type { Dict, Value } from '../values.js';
import { isDict, isList, keyText } from '../values.js';
import { originOf } from '../yaml/tree.js';
import type { FunctionCall } from './call.js';
import { asCall } from './call.js';
import type { CheckedPlace } from './definition.js';
import { holdsCalls, measure } from './measure.js';
import type { FunctionHomes } from './places.js';
import { below, placesOf } from './places.js';
import { FUNCTIONS } from './table.js';

/** The parse-time checks of functions (dsl.md §14.3, §14.4), in the order of the walk; faults are unnumbered. */
export function checkFunctions(reading: Reading, plan: FunctionHomes): void {
  const properties = new Map<string, Dict>(plan.nodes.map((node) => [node.id, node.properties]));
  const checker = new Checker(reading);
  for (const place of placesOf(plan)) {
    if (place.repeated !== true) {
      const checked: CheckedPlace = {
        keywords: place.keywords,
        hasInput: (name) => plan.inputs.has(name),
        properties: (node) => properties.get(node),
      };
      const path = below(DocumentPath.ROOT, place.inDocument);
      for (const [key, value] of place.entries) {
        checker.walk(value, path.child(keyText(key)), checked);
      }
    }
  }
}

class Checker {
  /** What was reported already: a type's default that many nodes share is wrong once. */
  private readonly reported = new Map<Value, Set<string>>();
  /** What means the same wherever it stands is looked at once, however many nodes share it. */
  private readonly walked = new WeakSet<object>();

  constructor(private readonly reading: Reading) {}

  walk(value: Value, path: Path, place: CheckedPlace): void {
    if (typeof value !== 'object' || value === null || !holdsCalls(value) || this.walked.has(value)) {
      return;
    }
    if (!measure(value).keywords) {
      this.walked.add(value);
    }
    const call = asCall(value);
    if (call !== null) {
      this.check(call, path, place);
    }
    if (isList(value)) {
      for (const [index, item] of value.entries()) {
        this.walk(item, path.child(index), place);
      }
    } else if (isDict(value)) {
      for (const [key, item] of value) {
        this.walk(item, path.child(keyText(key)), place);
      }
    }
  }

  private check(call: FunctionCall, path: Path, place: CheckedPlace): void {
    const definition = FUNCTIONS[call.name];
    const { version, gating } = this.reading;
    const { since = 0 } = definition;
    const complaint =
      gating && version.minor < since
        ? `it needs version cloudify_dsl_1_${String(since)} or later, the blueprint has ${version.raw}`
        : (definition.argument(call.argument) ?? definition.check?.(call.argument, place) ?? null);
    if (complaint !== null) {
      this.report(call.raw, path, `${call.name}: ${complaint}`);
    }
  }

  private report(raw: Dict, path: Path, message: string): void {
    const before = this.reported.get(raw) ?? new Set();
    this.reported.set(raw, before);
    if (!before.has(message)) {
      before.add(message);
      const node = originOf(raw);
      const where = node === undefined ? { path: path.toString() } : { at: { node, path } };
      this.reading.diagnostics.error({ code: null, message, ...where });
    }
  }
}
