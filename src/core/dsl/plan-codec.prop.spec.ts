import fc from 'fast-check';

import type { Plan, PlanNode } from './plan.js';
import { decodePlan, encodePlan, planJson, planJsonSize } from './plan-codec.js';
import type { Dict, Key, Value } from './values.js';
import { Bytes, DateValue, Float, floatValue, keyText } from './values.js';

const SEED = 4711;

const scalars: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    '__proto__',
    'constructor',
    'type',
    -1,
    0,
    2 ** 53 - 1,
    2n ** 70n,
    -(2n ** 64n),
  ),
  fc.string(),
  fc.integer(),
  fc.double().map((number) => floatValue(number)),
  fc.constantFrom(new Float(-0), new Float(1e21), Number.NaN, Infinity, -Infinity, 1.5e-7),
  fc.constantFrom('2020-01-01', '2020-01-01T10:00:00').map((iso) => new DateValue(iso)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => new Bytes(Buffer.from(bytes).toString('hex'))),
);

const { value: values } = fc.letrec<{ value: Value; dict: Dict }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalars, fc.array(tie('value'), { maxLength: 5 }), tie('dict')),
  dict: fc
    .array(fc.tuple(fc.oneof({ weight: 5, arbitrary: fc.string() }, { weight: 1, arbitrary: scalars }), tie('value')), {
      maxLength: 5,
    })
    .map((entries) => new Map<Key, Value>(entries)),
}));
const dicts = fc.dictionary(fc.string(), values).map((dict) => new Map<Key, Value>(Object.entries(dict)));

/** A plan around nodes; what they share is one object. */
function planOf(nodes: readonly PlanNode[], metadata: Dict | null): Plan {
  const empty = new Map<never, never>();
  return {
    version: { raw: 'cloudify_dsl_1_5', definitions_name: 'cloudify_dsl', definitions_version: [1, 5] },
    description: null,
    metadata,
    inputs: new Map([['port', { type: 'integer', default: new Float(1), required: false }]]),
    outputs: empty,
    capabilities: empty,
    nodes,
    relationships: empty,
    workflows: empty,
    policy_types: empty,
    policy_triggers: empty,
    policies: empty,
    groups: empty,
    scaling_groups: empty,
    data_types: empty,
    labels: empty,
    blueprint_labels: empty,
    resource_tags: empty,
    deployment_settings: empty,
    deployment_plugins_to_install: [],
    host_agent_plugins_to_install: [],
    workflow_plugins_to_install: [],
    imported_blueprints: [],
    namespaces_mapping: empty,
    requirements: { parent_capabilities: [], secrets: [] },
  };
}

function nodeOf(name: string, properties: Dict): PlanNode {
  return {
    id: name,
    name,
    type: 'cloudify.nodes.Root',
    type_hierarchy: HIERARCHY,
    properties,
    capabilities: {
      scalable: {
        properties: {
          min_instances: 0,
          max_instances: -1,
          default_instances: 1,
          current_instances: 1,
          planned_instances: 1,
        },
      },
    },
    instances: {},
    interfaces: new Map(),
    operations: new Map(),
    relationships: [],
    plugins: [],
    deployment_plugins_to_install: [],
  };
}
const HIERARCHY = ['cloudify.nodes.Root', 'some.type.that.is.long.enough.to.be.shared'];

/** Everything written out the plain way, for comparison: numbers as text, so that 1 and 1.0 differ. */
function plain(value: unknown): unknown {
  if (value instanceof Float) return { float: Object.is(value.value, -0) ? '-0.0' : String(value.value) };
  if (typeof value === 'bigint' || typeof value === 'number') return { number: String(value) };
  if (value instanceof DateValue) return value.iso;
  if (value instanceof Bytes) return Buffer.from(value.hex, 'hex').toString('base64');
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value instanceof Map) {
    return [...(value as Dict)].map(([key, item]) => [keyText(key), plain(item)]);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([key, item]) => [key, plain(item)]);
  }
  return value;
}

/** JSON as the same plain structure, with the spelling of its numbers. */
function plainJson(text: string): unknown {
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new Error(`no JSON at ${String(at)}: ${text.slice(at, at + 20)}`);
    at += found.length;
    return found;
  };
  const read = (): unknown => {
    switch (text[at]) {
      case '[':
      case '{': {
        const isList = take(/[[{]/y) === '[';
        const items: unknown[] = [];
        while (text[at] !== (isList ? ']' : '}')) {
          if (items.length > 0) take(/,/y);
          items.push(isList ? read() : [JSON.parse(take(/"(?:[^"\\]|\\.)*":/y).slice(0, -1)), read()]);
        }
        at += 1;
        return items;
      }
      case '"':
        return JSON.parse(take(/"(?:[^"\\]|\\.)*"/y));
      default: {
        const word = take(/[-+.\w]+/y);
        if (word === 'null') return null;
        return word === 'true' || word === 'false' ? word === 'true' : word;
      }
    }
  };
  const whole = read();
  expect(at).toBe(text.length);
  return whole;
}

/** What JSON can say of `plain`. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => said(item));
  if (typeof value === 'object' && value !== null) {
    const [[kind, text] = ['', '']] = Object.entries(value) as [string, string][];
    if (kind === 'float') return text.includes('e') || text.includes('.') ? text : `${text}.0`;
    return text === 'NaN' ? null : text.replace('Infinity', '1e999');
  }
  return value;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('the stored form of a plan', () => {
  it('gives back every plan as it was, and shares what was shared', () => {
    fc.assert(
      fc.property(fc.array(dicts, { maxLength: 3 }), values, (properties, metadata) => {
        const nodes = properties.flatMap((one, index) => [nodeOf(`a${index}`, one), nodeOf(`b${index}`, one)]);
        const plan = planOf(nodes, new Map([['m', metadata]]));
        const decoded = decodePlan(encodePlan(plan));
        expect(plain(decoded)).toEqual(plain(plan));
        expect(decoded).toEqual(plan);
        for (const index of properties.keys()) {
          const [one, other] = decoded.nodes.slice(2 * index);
          expect(one?.type_hierarchy).toBe(other?.type_hierarchy);
        }
      }),
      { seed: SEED, numRuns: 120 },
    );
  });

  it('holds once what thousand nodes share', () => {
    const properties: Dict = new Map([['text', 'x'.repeat(10_000)]]);
    const nodes = Array.from({ length: 1000 }, (_, index) => nodeOf(`n${index}`, properties));
    const plan = planOf(nodes, null);
    const bytes = encodePlan(plan);
    expect(bytes.length).toBeLessThan(700_000);
    expect(planJsonSize(plan)).toBeGreaterThan(10_000_000);
    const decoded = decodePlan(bytes);
    expect(new Set(decoded.nodes.map((node) => node.properties)).size).toBe(1);
  });

  it('refuses bytes that are no stored plan', () => {
    expect(() => decodePlan(bytesOf('{"format":2,"shared":[],"plan":{}}'))).toThrow('not of format 1');
    expect(() => decodePlan(bytesOf('[]'))).toThrow('not of format 1');
    expect(() => decodePlan(bytesOf('{"format":1,"shared":[],"plan":[99]}'))).toThrow('unknown kind');
    expect(() => decodePlan(bytesOf('{'))).toThrow(SyntaxError);
  });
});

describe('the JSON of a plan', () => {
  it('says all of the plan, numbers as they were written', () => {
    fc.assert(
      fc.property(dicts, values, (properties, metadata) => {
        const plan = planOf([nodeOf('a', properties), nodeOf('b', properties)], new Map([['m', metadata]]));
        const text = [...planJson(plan)].join('');
        expect(plainJson(text)).toEqual(said(plain(plan)));
      }),
      { seed: SEED, numRuns: 120 },
    );
  });

  it('comes in pieces of bounded size, however much nodes share', () => {
    const properties: Dict = new Map([['list', Array.from({ length: 500 }, () => 'x'.repeat(50))]]);
    const nodes = Array.from({ length: 500 }, (_, index) => nodeOf(`n${index}`, properties));
    const plan = planOf(
      nodes,
      new Map([['big', Array.from({ length: 20_000 }, () => properties.get('list') ?? null)]]),
    );
    let length = 0;
    for (const piece of planJson(plan)) {
      expect(piece.length).toBeLessThan(256 * 1024);
      length += piece.length;
    }
    expect(Math.abs(length - planJsonSize(plan))).toBeLessThan(length / 100);
  });

  it('marks dates and bytes when asked to', () => {
    const plan = planOf(
      [],
      new Map<Key, Value>([
        ['d', new DateValue('2020-01-01')],
        ['b', new Bytes('00ff')],
      ]),
    );
    expect([...planJson(plan)].join('')).toContain('"metadata":{"d":"2020-01-01","b":"AP8="}');
    expect([...planJson(plan, { dates: 'marked' })].join('')).toContain(
      '"metadata":{"d":{"__date__":"2020-01-01"},"b":{"__bytes__":"00ff"}}',
    );
  });

  it('takes a plan with aliases within aliases, whose text nobody could hold, piece by piece', () => {
    let value: Value = ['a long enough text to be worth it'];
    for (let level = 0; level < 60; level += 1) value = [value, value];
    const plan = planOf([], new Map([['bomb', value]]));
    expect(planJsonSize(plan)).toBeGreaterThan(1e15);
    expect(encodePlan(plan).length).toBeLessThan(10_000);
    let pieces = 0;
    for (const piece of planJson(plan)) {
      pieces += piece.length > 0 ? 1 : 0;
      if (pieces === 100) break;
    }
    expect(pieces).toBe(100);
  });
});
