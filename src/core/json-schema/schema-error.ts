/** A schema that is not valid, or asks for something that is not offered. The caller's to mend; holds no value. */
export class SchemaError extends Error {
  /** @param place a JSON pointer into the schema, as `#/properties/port` */
  constructor(
    readonly place: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${place}: ${reason}`, options);
    this.name = new.target.name;
  }
}

/** Judging this value by this schema would take longer than anybody may keep the manager busy. */
export class SchemaCostError extends Error {
  constructor() {
    super('The schema is too costly to judge this value by');
    this.name = new.target.name;
  }
}
