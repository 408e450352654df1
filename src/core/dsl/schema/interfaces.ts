import type { At } from '../diagnostics.js';
import type { InputSchemas, Interfaces } from '../plan.js';
import type { TemplateOperation, TypeOperation } from './operations.js';
import { mergeOperation, readTemplateOperation, readTypeOperation } from './operations.js';
import type { KnownTypes } from './property-schemas.js';
import type { Reading } from './reading.js';
import { entriesOf } from './reading.js';

export type TypeInterfaces = Interfaces<InputSchemas>;
type TypeInterface = ReadonlyMap<string, TypeOperation>;
type TemplateInterface = ReadonlyMap<string, TemplateOperation>;

export const NO_INTERFACES: ReadonlyMap<never, never> = new Map<never, never>();

/** The interfaces of a node or relationship type, its own ones only (dsl.md §9.3). */
export function readTypeInterfaces(reading: Reading, at: At | undefined, types: KnownTypes): TypeInterfaces {
  return readInterfaces(reading, at, (operation) => readTypeOperation(reading, operation, types));
}

/** The interfaces of a node template or of a relationship of one, as written (dsl.md §9.3). */
export function readTemplateInterfaces(reading: Reading, at: At | undefined): Interfaces {
  return readInterfaces(reading, at, (operation) => readTemplateOperation(reading, operation));
}

function readInterfaces<O>(
  reading: Reading,
  at: At | undefined,
  read: (operation: At) => O,
): ReadonlyMap<string, ReadonlyMap<string, O>> {
  const interfaces = new Map<string, ReadonlyMap<string, O>>();
  for (const [name, operations] of entriesOf(reading, at)) {
    const found = new Map<string, O>();
    for (const [operation, place] of entriesOf(reading, operations)) {
      found.set(operation, read(place));
    }
    interfaces.set(name, found);
  }
  return interfaces.size === 0 ? NO_INTERFACES : interfaces;
}

/**
 * Interfaces of types laid over those of their parents: of an operation in both, the child's counts whole (dsl.md
 * §9.4). Grows in place while a line of descent is walked; what a child leaves alone stays the parent's very object.
 */
export class InheritedInterfaces {
  private grown: Map<string, TypeInterface> | undefined;
  private readonly growing = new Map<string, Map<string, TypeOperation>>();

  constructor(private readonly parent: TypeInterfaces) {}

  add(own: TypeInterfaces): void {
    for (const [name, operations] of own) {
      this.grown ??= new Map(this.parent);
      const inherited = this.grown.get(name);
      if (inherited === undefined) {
        this.grown.set(name, operations);
        continue;
      }
      const merged = this.growing.get(name) ?? new Map(inherited);
      for (const [operation, definition] of operations) {
        merged.set(operation, definition);
      }
      this.growing.set(name, merged);
      this.grown.set(name, merged);
    }
  }

  /** How many entries were made that are not the parent's very own. */
  get size(): number {
    let size = this.grown?.size ?? 0;
    for (const operations of this.growing.values()) {
      size += operations.size;
    }
    return size;
  }

  /** Not to be added to afterwards. */
  get result(): TypeInterfaces {
    return this.grown ?? this.parent;
  }
}

/**
 * Templates over types (dsl.md §9.4). What templates leave as their type has it is made once per type and shared by
 * all of them.
 */
export class InterfaceMerger {
  private readonly operations = new Map<TypeOperation, TemplateOperation>();
  private readonly interfaces = new Map<TypeInterface, TemplateInterface>();
  private readonly untouched = new Map<TypeInterfaces, Interfaces>();

  constructor(private readonly reading: Reading) {}

  /** @param subject the node template or relationship, the place of error 107 */
  merge(declared: TypeInterfaces, given: Interfaces, subject: At): Interfaces {
    if (declared.size === 0) {
      return given;
    }
    if (given.size === 0) {
      return known(this.untouched, declared, () =>
        mapped(declared, (operations) => this.asDeclared(operations, subject)),
      );
    }
    const merged = new Map<string, TemplateInterface>();
    for (const [name, operations] of declared) {
      const own = given.get(name);
      merged.set(
        name,
        own === undefined || own.size === 0
          ? this.asDeclared(operations, subject)
          : this.mergeInterface(operations, own, subject),
      );
    }
    for (const [name, operations] of given) {
      if (!merged.has(name)) {
        merged.set(name, operations);
      }
    }
    return merged;
  }

  private asDeclared(operations: TypeInterface, subject: At): TemplateInterface {
    return known(this.interfaces, operations, () =>
      mapped(operations, (operation) => this.operationAsDeclared(operation, subject)),
    );
  }

  private operationAsDeclared(operation: TypeOperation, subject: At): TemplateOperation {
    return known(this.operations, operation, () => mergeOperation(this.reading, operation, undefined, subject));
  }

  private mergeInterface(declared: TypeInterface, given: TemplateInterface, subject: At): TemplateInterface {
    const merged = new Map<string, TemplateOperation>();
    this.reading.budget.charge(declared.size);
    for (const [name, operation] of declared) {
      const own = given.get(name);
      merged.set(
        name,
        own === undefined ? this.operationAsDeclared(operation, subject) : this.mergeOne(operation, own, subject),
      );
    }
    for (const [name, operation] of given) {
      if (!merged.has(name)) {
        merged.set(name, operation);
      }
    }
    return merged;
  }

  private mergeOne(declared: TypeOperation, given: TemplateOperation, subject: At): TemplateOperation {
    const merged = mergeOperation(this.reading, declared, given, subject);
    this.reading.budget.charge(merged === given ? 0 : merged.inputs.size);
    return merged;
  }
}

function known<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  const found = cache.get(key);
  if (found !== undefined) {
    return found;
  }
  const made = make();
  cache.set(key, made);
  return made;
}

function mapped<A, B>(entries: ReadonlyMap<string, A>, change: (value: A) => B): ReadonlyMap<string, B> {
  return new Map([...entries].map(([name, value]) => [name, change(value)] as const));
}
