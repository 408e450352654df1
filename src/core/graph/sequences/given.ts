import type { Json } from '../task.js';
import type { Selection } from '../topology.js';
import type { Parameters } from './phase.js';

/** A workflow cannot run like this; its execution ends with this text. */
export class Refused extends Error {}

/** The parameters of a workflow, read as what they should be; null is as good as absent. */
export class Given {
  constructor(readonly all: Parameters) {}

  /** @throws Refused for what is no boolean and no word for one */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.value(name);
    switch (typeof value === 'string' ? value.toLowerCase() : value) {
      case null:
        return otherwise;
      case true:
      case 'true':
        return true;
      case false:
      case 'false':
        return false;
      default:
        throw new Refused(`The parameter '${name}' must be a boolean`);
    }
  }

  /** @throws Refused for what is no text */
  text(name: string): string | null {
    const value = this.value(name);
    if (value !== null && typeof value !== 'string') {
      throw new Refused(`The parameter '${name}' must be a string`);
    }
    return value === '' ? null : value;
  }

  /** @throws Refused for what is absent or no text */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === null) {
      throw new Refused(`The parameter '${name}' is required`);
    }
    return value;
  }

  /** @throws Refused for what is no integer, as a number or in words */
  integer(name: string, otherwise: number): number {
    const value = this.value(name) ?? otherwise;
    const number = typeof value === 'string' && /^[-+]?\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
      throw new Refused(`The parameter '${name}' must be an integer`);
    }
    return number;
  }

  /** @throws Refused for what is neither a list of texts nor one text */
  texts(name: string): readonly string[] {
    const value = this.value(name) ?? [];
    const list = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(list) || !list.every((each) => typeof each === 'string')) {
      throw new Refused(`The parameter '${name}' must be a list of strings`);
    }
    return list;
  }

  /** @throws Refused for what is no dictionary */
  dictionary(name: string): Parameters {
    const value = this.value(name) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new Refused(`The parameter '${name}' must be a dictionary`);
    }
    return value as Parameters;
  }

  /** Which instances a workflow is about (orchestration §9.5). */
  selection(): Selection {
    return {
      type_names: this.texts('type_names'),
      node_ids: this.texts('node_ids'),
      node_instance_ids: this.texts('node_instance_ids'),
    };
  }

  has(name: string): boolean {
    return this.value(name) !== null;
  }

  private value(name: string): Json {
    return Object.hasOwn(this.all, name) ? (this.all[name] ?? null) : null;
  }
}
