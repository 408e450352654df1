/**
 * What of a document takes a namespace (dsl.md §6), as a table: for every section the shape of its contents. What a
 * shape does not name stays as it is.
 */
export type Shape =
  /** Text that names something: prefixed, unless it begins with `cloudify.`. */
  | { readonly kind: 'name' }
  /** The same, but the names of primitive types stay. */
  | { readonly kind: 'type' }
  /** A mapping: the functions in it, at any depth. Text and lists stay. */
  | { readonly kind: 'calls' }
  /** Text is prefixed as if it were a name; a mapping is treated as `calls`. */
  | { readonly kind: 'literal' }
  | { readonly kind: 'fields'; readonly fields: ReadonlyMap<string, Shape> }
  /** A dictionary with names of its own; `named`: they take the prefix, too. */
  | { readonly kind: 'entries'; readonly named: boolean; readonly item: Shape }
  | { readonly kind: 'items'; readonly item: Shape }
  /** The short form or the long form of one thing. */
  | { readonly kind: 'either'; readonly text: Shape; readonly mapping: Shape }
  | { readonly kind: 'kept' };

const kept: Shape = { kind: 'kept' };
const name: Shape = { kind: 'name' };
const type: Shape = { kind: 'type' };
const calls: Shape = { kind: 'calls' };
const literal: Shape = { kind: 'literal' };

const propertySchemas = dictionary(fields({ type, default: calls }));
const inputSchemas = dictionary(fields({ type, item_type: type, default: calls }));

const typeInterfaces = interfaces(inputSchemas);
const templateInterfaces = interfaces(calls);

// Each number is a leaf of its own, so a text among them (UNBOUNDED) is taken for a name, as in the original.
const scalableProperties = dictionary(literal);

const relationship = fields({
  type,
  target: name,
  properties: calls,
  source_interfaces: templateInterfaces,
  target_interfaces: templateInterfaces,
});

const groupPolicy = fields({
  type,
  properties: calls,
  triggers: dictionary(fields({ type, parameters: calls })),
});

export const NAMESPACED_SECTIONS: ReadonlyMap<string, Shape> = new Map([
  ['metadata', named(kept)],
  ['inputs', named(fields({ type, item_type: type, default: calls }))],
  [
    'data_types',
    named(fields({ derived_from: name, properties: propertySchemas, description: literal, version: literal })),
  ],
  [
    'node_types',
    named(
      fields({
        derived_from: name,
        properties: propertySchemas,
        runtime_properties: propertySchemas,
        interfaces: typeInterfaces,
      }),
    ),
  ],
  [
    'relationships',
    named(
      fields({
        derived_from: name,
        properties: propertySchemas,
        source_interfaces: typeInterfaces,
        target_interfaces: typeInterfaces,
      }),
    ),
  ],
  [
    'node_templates',
    named(
      fields({
        type,
        properties: calls,
        interfaces: templateInterfaces,
        relationships: items(relationship),
        capabilities: fields({ scalable: fields({ properties: scalableProperties }) }),
      }),
    ),
  ],
  // Their properties' names, too: an artefact that plans show.
  ['plugins', named(fields({ properties: named(kept) }))],
  ['workflows', named(either(name, fields({ mapping: name, parameters: inputSchemas })))],
  ['groups', named(fields({ members: items(name), policies: dictionary(groupPolicy) }))],
  ['policies', named(fields({ type, targets: items(name), properties: scalableProperties }))],
  ['policy_types', named(fields({ properties: propertySchemas }))],
  ['policy_triggers', named(fields({ parameters: propertySchemas }))],
  ['outputs', named(fields({ value: literal }))],
  ['capabilities', named(fields({ value: literal }))],
  ['labels', named(kept)],
  ['blueprint_labels', named(kept)],
  // Functions in tags stay as they are, as in the original.
  ['resource_tags', named(name)],
  // Its keys are no names, so that it cannot be imported under a namespace: an artefact that is kept.
  ['deployment_settings', named(kept)],
]);

function interfaces(inputs: Shape): Shape {
  return dictionary(dictionary(either(name, fields({ implementation: name, inputs }))));
}

function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'fields', fields: new Map(Object.entries(shapes)) };
}

function dictionary(item: Shape): Shape {
  return { kind: 'entries', named: false, item };
}

function named(item: Shape): Shape {
  return { kind: 'entries', named: true, item };
}

function items(item: Shape): Shape {
  return { kind: 'items', item };
}

function either(text: Shape, mapping: Shape): Shape {
  return { kind: 'either', text, mapping };
}
