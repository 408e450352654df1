import type { At } from '../diagnostics.js';
import type { DataTypePlan, PropertySchemas } from '../plan.js';
import type { Node } from '../yaml/tree.js';
import type { Budget } from './budget.js';
import type { KnownTypes } from './property-schemas.js';
import { NO_SCHEMAS, inheritSchemas, readPropertySchemas } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';
import { entriesOf, fieldsOf, isAbsent } from './reading.js';
import { isPrimitive } from './value-types.js';

const KEYS = ['derived_from', 'properties', 'description', 'version'] as const;

/** How deeply data types may contain each other: as deeply as values then nest. */
const MAX_DEPTH = 100;
/** Keys of a data type, those of the types within counted as often as they occur: what one value of it may come to. */
const MAX_KEYS = 5_000;

/** The data types of a blueprint, inheritance applied. */
export class DataTypes implements KnownTypes {
  static readonly NONE = new DataTypes(new Map());

  private constructor(
    private readonly plans: ReadonlyMap<string, DataTypePlan>,
    private readonly budget?: Budget,
  ) {}

  /** From a stored plan. */
  static of(plans: ReadonlyMap<string, DataTypePlan>): DataTypes {
    return plans.size === 0 ? DataTypes.NONE : new DataTypes(plans);
  }

  static within(budget: Budget, plans: ReadonlyMap<string, DataTypePlan>): DataTypes {
    return new DataTypes(plans, budget);
  }

  has(name: string): boolean {
    return this.plans.has(name);
  }

  schemas(name: string): PropertySchemas | undefined {
    return this.plans.get(name)?.properties;
  }

  spend(entries: number): void {
    this.budget?.charge(entries);
  }

  plan(): ReadonlyMap<string, DataTypePlan> {
    return this.plans;
  }
}

/**
 * Reads `data_types` (dsl.md §7.3): 102, 103, 104 and what property schemas report. Types that contain each other in
 * a circle (error 100) are left unresolved.
 */
export function readDataTypes(reading: Reading, sections: Fields): DataTypes {
  const at = sections.get('data_types');
  const reader = new DataTypeReader(reading, new Map(entriesOf(reading, at)));
  const plans = reader.read();
  if (at !== undefined) {
    reading.gate('data_types', 'cloudify_dsl_1_2', at);
  }
  return DataTypes.within(reading.budget, plans);
}

interface Extent {
  readonly depth: number;
  readonly keys: number;
}

class DataTypeReader implements KnownTypes {
  private readonly plans = new Map<string, DataTypePlan>();
  private readonly extents = new Map<string, Extent>();

  constructor(
    private readonly reading: Reading,
    private readonly written: ReadonlyMap<string, At>,
  ) {}

  has(name: string): boolean {
    return this.written.has(name);
  }

  schemas(name: string): PropertySchemas | undefined {
    return this.plans.get(name)?.properties;
  }

  spend(entries: number): void {
    this.reading.budget.charge(entries);
  }

  read(): ReadonlyMap<string, DataTypePlan> {
    for (const name of needsFirst(this.written)) {
      const at = this.written.get(name);
      if (at !== undefined) {
        this.plans.set(name, this.readType(name, at));
      }
    }
    return this.plans;
  }

  private readType(name: string, at: At): DataTypePlan {
    const fields = isAbsent(at) ? undefined : fieldsOf(this.reading, at, KEYS);
    const parent = fields === undefined ? null : this.parentOf(fields);
    const own = readPropertySchemas(this.reading, fields?.get('properties'), this);
    const properties = inheritSchemas(parent === null ? NO_SCHEMAS : this.inherited(parent), own, this);
    if (isPrimitive(name)) {
      this.reading.report(104, at, `Data type '${name}' has the name of a primitive type`);
    }
    return {
      properties: this.bounded(name, at, properties),
      description: fields?.text('description') ?? null,
      derived_from: parent,
      version: fields?.text('version') ?? null,
    };
  }

  private inherited(parent: string): PropertySchemas {
    return this.plans.get(parent)?.properties ?? NO_SCHEMAS;
  }

  private parentOf(fields: Fields): string | null {
    const at = fields.get('derived_from');
    const parent = fields.text('derived_from');
    if (at === undefined || parent === undefined) {
      return null;
    }
    if (!this.written.has(parent)) {
      this.reading.report(103, at, `Missing definition for type '${parent}' which is declared as derived from`);
      return null;
    }
    return parent;
  }

  /** The properties, or none where values of the type would grow beyond all use: containment multiplies. */
  private bounded(name: string, at: At, properties: PropertySchemas): PropertySchemas {
    let depth = 1;
    let keys = properties.size;
    for (const { type } of properties.values()) {
      const extent = type === undefined ? undefined : this.extents.get(type);
      depth = Math.max(depth, 1 + (extent?.depth ?? 0));
      keys += extent?.keys ?? 0;
    }
    if (depth > MAX_DEPTH || keys > MAX_KEYS) {
      const what =
        depth > MAX_DEPTH ? `nests deeper than ${MAX_DEPTH} levels` : `has more than ${MAX_KEYS} keys in all`;
      this.reading.report(null, at, `Data type '${name}' ${what}`);
      return NO_SCHEMAS;
    }
    this.reading.budget.charge(properties.size);
    this.extents.set(name, { depth, keys });
    return properties;
  }
}

/** The names so that each comes after its parent and the types of its properties; of a circle in any order. */
function needsFirst(types: ReadonlyMap<string, At>): readonly string[] {
  const order: string[] = [];
  const met = new Set<string>();
  const trail: { readonly name: string; readonly needs: string[] }[] = [];
  const meet = (name: string): void => {
    const type = types.get(name);
    if (type !== undefined && !met.has(name)) {
      met.add(name);
      trail.push({ name, needs: needsOf(type.node) });
    }
  };
  for (const start of types.keys()) {
    meet(start);
    for (let here = trail.at(-1); here !== undefined; here = trail.at(-1)) {
      const need = here.needs.pop();
      if (need === undefined) {
        order.push(here.name);
        trail.pop();
      } else {
        meet(need);
      }
    }
  }
  return order;
}

function needsOf(type: Node): string[] {
  const parent = textOf(field(type, 'derived_from'));
  const properties = field(type, 'properties');
  const schemas = properties?.kind === 'mapping' ? [...properties.entries.values()] : [];
  return [...parent, ...schemas.flatMap(({ value }) => textOf(field(value, 'type')))].toReversed();
}

function field(node: Node, key: string): Node | undefined {
  return node.kind === 'mapping' ? node.entries.get(key)?.value : undefined;
}

function textOf(node: Node | undefined): readonly string[] {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? [node.value] : [];
}
