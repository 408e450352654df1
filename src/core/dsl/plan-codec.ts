import type { DeploymentPlan, Plan } from './plan.js';
import type { Structure, Uses } from './plan-sharing.js';
import { isComposite, numberText, partsOf, usesOf } from './plan-sharing.js';
import type { Key, Value } from './values.js';
import { Bytes, DateValue, Float } from './values.js';

/**
 * The stored form of a plan is JSON: structures are objects; everything else that is no plain scalar is an array whose
 * first item says what it is. So no name that a user chose becomes the key of an object, and decoding needs no schema.
 * What the plan uses more than once stands once, in `shared`, each entry referring to earlier ones only.
 */
const FORMAT = 1;
const LIST = 0;
const DICT = 1;
const SHARED = 2;
const FLOAT = 3;
const DATE = 4;
const BYTES = 5;
const BIG_INTEGER = 6;

/** Below this many characters a repetition costs no more than a reference. */
const WORTH_SHARING = 24;
/** Characters of a chunk of JSON, unless one scalar alone is longer. */
const CHUNK = 64 * 1024;

/** The plan as bytes; what it uses in several places (found by identity) is in there once. */
export function encodePlan(plan: Plan): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(new Encoder(usesOf(plan)).document(plan));
}

/**
 * The plan of those bytes. What was shared is shared again.
 * @throws Error when the bytes are not `encodePlan`'s
 */
export function decodePlan(bytes: Uint8Array): Plan {
  const document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  if (!isDocument(document) || document.format !== FORMAT) {
    throw new Error(`A stored plan is not of format ${String(FORMAT)}.`);
  }
  const shared: unknown[] = [];
  for (const part of document.shared) {
    shared.push(decoded(part, shared));
  }
  return decoded(document.plan, shared) as Plan;
}

class Encoder {
  private readonly shared: string[] = [];
  /** How a shared part is written where it is used. */
  private readonly references = new Map<object, string>();

  constructor(private readonly uses: Uses) {}

  document(plan: object): string {
    const text = this.own(plan);
    return `{"format":${String(FORMAT)},"shared":[${this.shared.join()}],"plan":${text}}`;
  }

  private text(value: unknown): string {
    if (!isComposite(value)) {
      return scalar(value as Value);
    }
    const use = this.uses.get(value);
    if (use === undefined || use.count === 1 || use.size < WORTH_SHARING) {
      return this.own(value);
    }
    let reference = this.references.get(value);
    if (reference === undefined) {
      reference = `[${String(SHARED)},${String(this.shared.push(this.own(value)) - 1)}]`;
      this.references.set(value, reference);
    }
    return reference;
  }

  private own(value: object): string {
    if (value instanceof Map) {
      let text = `[${String(DICT)}`;
      for (const [key, item] of value as ReadonlyMap<Key, unknown>) {
        text += `,${scalar(key)},${this.text(item)}`;
      }
      return `${text}]`;
    }
    if (Array.isArray(value)) {
      let text = `[${String(LIST)}`;
      for (const item of value as readonly unknown[]) {
        text += `,${this.text(item)}`;
      }
      return `${text}]`;
    }
    const structure = value as Structure;
    let text = '';
    for (const key in structure) {
      if (structure[key] !== undefined) {
        text += `${text === '' ? '{"' : ',"'}${key}":${this.text(structure[key])}`;
      }
    }
    return text === '' ? '{}' : `${text}}`;
  }
}

function scalar(value: Value): string {
  if (value instanceof Float) {
    return `[${String(FLOAT)},"${String(value.value)}${Object.is(value.value, -0) ? '-' : ''}"]`;
  }
  if (value instanceof DateValue) {
    return `[${String(DATE)},${JSON.stringify(value.iso)}]`;
  }
  if (value instanceof Bytes) {
    return `[${String(BYTES)},"${value.hex}"]`;
  }
  if (typeof value === 'bigint') {
    return `[${String(BIG_INTEGER)},"${String(value)}"]`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return `[${String(FLOAT)},"${String(value)}"]`;
  }
  return JSON.stringify(value);
}

interface StoredDocument {
  readonly format: unknown;
  readonly shared: readonly unknown[];
  readonly plan: unknown;
}

function isDocument(value: unknown): value is StoredDocument {
  return typeof value === 'object' && value !== null && 'format' in value && 'shared' in value && 'plan' in value;
}

function decoded(value: unknown, shared: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (!Array.isArray(value)) {
    const structure: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      structure[key] = decoded(item, shared);
    }
    return structure;
  }
  const [tag, first] = value as readonly unknown[];
  switch (tag) {
    case LIST:
      return value.slice(1).map((item) => decoded(item, shared));
    case DICT: {
      const dict = new Map<unknown, unknown>();
      for (let at = 1; at < value.length; at += 2) {
        dict.set(decoded(value[at], shared), decoded(value[at + 1], shared));
      }
      return dict;
    }
    case SHARED:
      return shared[Number(first)];
    case FLOAT:
      return decodedFloat(String(first));
    case DATE:
      return new DateValue(String(first));
    case BYTES:
      return new Bytes(String(first));
    case BIG_INTEGER:
      return BigInt(String(first));
    default:
      throw new Error('A stored plan holds a part of an unknown kind.');
  }
}

function decodedFloat(text: string): number | Float {
  const value = text.endsWith('-') ? -0 : Number(text);
  return Number.isInteger(value) ? new Float(value) : value;
}

export interface PlanJsonOptions {
  /**
   * Dates and bytes are plain text on the wire (ISO, base64). `marked` tells them from text: `{"__date__": …}`,
   * `{"__bytes__": hex}`.
   */
  readonly dates?: 'text' | 'marked';
}

/**
 * The plan as JSON with everything written out, in pieces: a large one is never one string. Whole floats keep their
 * `.0`; infinities are too large a number, `1e999`; NaN is null; keys that are no text are written as their JSON.
 */
export function planJson(plan: Plan | DeploymentPlan, options: PlanJsonOptions = {}): Iterable<string> {
  return jsonPieces(plan, options);
}

/** The same for anything that is made of structures and values. */
export function jsonPieces(value: unknown, options: PlanJsonOptions = {}): Iterable<string> {
  const uses: Uses = isComposite(value) ? usesOf(value) : new Map();
  return gathered(new JsonWriter(uses, options.dates === 'marked').pieces(value));
}

/** About how many characters `planJson` writes; costs no writing, however large that is. */
export function planJsonSize(plan: Plan | DeploymentPlan): number {
  return usesOf(plan).get(plan)?.size ?? 0;
}

function* gathered(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= CHUNK) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') {
    yield chunk;
  }
}

class JsonWriter {
  /** JSON of what is used in several places. */
  private readonly written = new Map<object, string>();

  constructor(
    private readonly uses: Uses,
    private readonly isMarked: boolean,
  ) {}

  /** Only what is large is walked piece by piece. */
  *pieces(value: unknown): Generator<string> {
    if (!isComposite(value) || (this.uses.get(value)?.size ?? 0) <= CHUNK) {
      yield this.text(value);
      return;
    }
    const isList = Array.isArray(value);
    let separator = isList ? '[' : '{';
    for (const [key, item] of partsOf(value)) {
      yield key === null ? separator : `${separator}${JSON.stringify(key)}:`;
      yield* this.pieces(item);
      separator = ',';
    }
    yield isList ? ']' : '}';
  }

  private text(value: unknown): string {
    if (!isComposite(value)) {
      return this.scalar(value as Value);
    }
    if (this.uses.get(value)?.count === 1) {
      return this.whole(value);
    }
    let text = this.written.get(value);
    if (text === undefined) {
      text = this.whole(value);
      this.written.set(value, text);
    }
    return text;
  }

  private whole(value: object): string {
    let text = '';
    if (Array.isArray(value)) {
      for (const item of value as readonly unknown[]) {
        text += text === '' ? this.text(item) : `,${this.text(item)}`;
      }
      return `[${text}]`;
    }
    for (const [key, item] of partsOf(value)) {
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${this.text(item)}`;
    }
    return `{${text}}`;
  }

  private scalar(value: Value): string {
    if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float) {
      return numberText(value);
    }
    if (value instanceof DateValue) {
      return this.isMarked ? `{"__date__":${JSON.stringify(value.iso)}}` : JSON.stringify(value.iso);
    }
    if (value instanceof Bytes) {
      return this.isMarked ? `{"__bytes__":"${value.hex}"}` : `"${Buffer.from(value.hex, 'hex').toString('base64')}"`;
    }
    return JSON.stringify(value);
  }
}
