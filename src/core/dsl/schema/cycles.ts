import type { At } from '../diagnostics.js';
import { Path } from '../diagnostics.js';
import type { MappingNode, Node } from '../yaml/tree.js';
import type { Reading } from './reading.js';

/** The names that an element depends on, whatever they turn out to be. */
type References = (element: Node) => readonly string[];

const NO_NAMES: readonly string[] = [];

const SECTIONS: readonly { readonly name: string; readonly references: References; readonly itself: boolean }[] = [
  { name: 'data_types', references: componentTypes, itself: true },
  { name: 'node_types', references: parentType, itself: true },
  { name: 'relationships', references: parentType, itself: true },
  // A node that is related to itself has an error of its own (23).
  { name: 'node_templates', references: relationshipTargets, itself: false },
];

/**
 * Error 100 for elements that depend on each other in a circle (dsl.md §1): types by their ancestry, data types by
 * what they contain, node templates by any relationship. Comes before every other check of the schema.
 */
export function checkCycles(reading: Reading, root: MappingNode): void {
  for (const { name: section, references, itself } of SECTIONS) {
    const entries = root.entries.get(section)?.value;
    if (entries?.kind !== 'mapping') {
      continue;
    }
    const next = (name: string): readonly string[] => {
      const element = entries.entries.get(name)?.value;
      const found = element === undefined ? NO_NAMES : references(element);
      return found.length === 0
        ? found
        : found.filter((other) => entries.entries.has(other) && (itself || other !== name));
    };
    const cycle = findCycle([...entries.entries.keys()].filter(isText), next);
    if (cycle !== null) {
      const at = elementAt(entries, section, cycle[0] ?? '');
      reading.report(100, at, `Parsing failed. Circular dependency detected: ${cycle.join(' --> ')}`);
      return;
    }
  }
}

/**
 * The first circle that is met, as `a, b, a`; null when there is none. Walks with a stack of its own: a chain of any
 * length is fine.
 */
export function findCycle(names: readonly string[], next: (name: string) => readonly string[]): string[] | null {
  const done = new Set<string>();
  const open = new Map<string, Iterator<string>>();
  for (const start of names) {
    if (done.has(start)) {
      continue;
    }
    const trail = [start];
    open.set(start, next(start)[Symbol.iterator]());
    while (trail.length > 0) {
      const here = trail[trail.length - 1] ?? '';
      const step = open.get(here)?.next();
      if (step === undefined || step.done === true) {
        open.delete(here);
        done.add(here);
        trail.pop();
      } else if (open.has(step.value)) {
        return [...trail.slice(trail.indexOf(step.value)), step.value];
      } else if (!done.has(step.value)) {
        trail.push(step.value);
        open.set(step.value, next(step.value)[Symbol.iterator]());
      }
    }
  }
  return null;
}

/**
 * Node templates so that each comes after those that it is related to; otherwise the last written first, which is how
 * the original met them. There must be no circles but of one template with itself.
 */
export function dependencyOrder(templates: MappingNode): readonly string[] {
  const order: string[] = [];
  const met = new Set<string>();
  const trail: { readonly name: string; readonly targets: string[] }[] = [];
  const meet = (name: string | undefined): void => {
    const template = name === undefined ? undefined : templates.entries.get(name);
    if (name !== undefined && template !== undefined && !met.has(name)) {
      met.add(name);
      trail.push({ name, targets: [...relationshipTargets(template.value)] });
    }
  };
  for (const start of [...templates.entries.keys()].filter(isText).toReversed()) {
    meet(start);
    for (let here = trail.at(-1); here !== undefined; here = trail.at(-1)) {
      if (here.targets.length > 0) {
        meet(here.targets.pop());
      } else {
        order.push(here.name);
        trail.pop();
      }
    }
  }
  return order;
}

function isText(key: unknown): key is string {
  return typeof key === 'string';
}

function elementAt(entries: MappingNode, section: string, name: string): At {
  return { node: entries.entries.get(name)?.value ?? entries, path: Path.ROOT.child(section).child(name) };
}

function field(element: Node | undefined, key: string): Node | undefined {
  return element?.kind === 'mapping' ? element.entries.get(key)?.value : undefined;
}

function textOf(node: Node | undefined): readonly string[] {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? [node.value] : NO_NAMES;
}

function parentType(element: Node): readonly string[] {
  return textOf(field(element, 'derived_from'));
}

function componentTypes(element: Node): readonly string[] {
  const properties = field(element, 'properties');
  const types = properties?.kind === 'mapping' ? [...properties.entries.values()] : [];
  return [...parentType(element), ...types.flatMap((entry) => textOf(field(entry.value, 'type')))];
}

function relationshipTargets(element: Node): readonly string[] {
  const relationships = field(element, 'relationships');
  return relationships?.kind === 'sequence'
    ? relationships.items.flatMap((item) => textOf(field(item, 'target')))
    : NO_NAMES;
}
