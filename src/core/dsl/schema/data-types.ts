import type { DataTypePlan, PropertySchemas } from '../plan.js';
import type { KnownTypes } from './property-schemas.js';
import type { Fields, Reading } from './reading.js';

/** The data types of a blueprint, inheritance applied. */
export class DataTypes implements KnownTypes {
  static readonly NONE = new DataTypes(new Map());

  private constructor(private readonly plans: ReadonlyMap<string, DataTypePlan>) {}

  /** From a stored plan. */
  static of(plans: ReadonlyMap<string, DataTypePlan>): DataTypes {
    return plans.size === 0 ? DataTypes.NONE : new DataTypes(plans);
  }

  has(name: string): boolean {
    return this.plans.has(name);
  }

  schemas(name: string): PropertySchemas | undefined {
    return this.plans.get(name)?.properties;
  }

  plan(): ReadonlyMap<string, DataTypePlan> {
    return this.plans;
  }
}

/** Reads `data_types` (dsl.md §7.3): 102, 103, 104 and what property schemas report. */
export function readDataTypes(reading: Reading, sections: Fields): DataTypes {
  throw new Error(`${String(reading)}${String(sections)}`);
}
