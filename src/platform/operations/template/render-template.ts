import type { Json } from '../../../core/graph/task.js';
import { isJsonMap } from '../ctx/json-path.js';
import type { CtxNode } from '../ctx/resolve.js';
import type { Expression } from './expressions.js';
import { compare, FILTERS, isEqual, itemsOf, METHODS, TESTS, textOf, truthOf, type Value } from './filters.js';
import { readTemplate, type Statement } from './statements.js';
import { TemplateError } from './tokens.js';

const MOST_STEPS = 500_000;
const LONGEST = 8_388_608;
const MOST_MS = 10_000;
const LONGEST_RANGE = 100_000;

/** A part of `ctx` on the way to a value. */
class CtxPart {
  constructor(readonly node: CtxNode) {}
}
type Held = Value | CtxPart;

/**
 * Renders the commonly used part of Jinja: outputs, `if`, `for`, `set`, comments, `raw`, filters and tests. It reaches its
 * variables and `ctx`, by own keys only, and nothing of the program; steps, time and length are bounded. What is not
 * supported is refused with its line, not passed over.
 * @throws TemplateError
 */
export async function renderTemplate(
  template: string,
  variables: Readonly<Record<string, Json>>,
  ctx: CtxNode,
): Promise<string> {
  const names = new Map<string, Held>([['ctx', new CtxPart(ctx)], ...Object.entries(variables)]);
  const body = readTemplate(template.replace(/\r?\n$/, ''));
  return new Rendering().run(body, names);
}

class Rendering {
  private steps = 0;
  private length = 0;
  private line = 1;
  private readonly deadline = performance.now() + MOST_MS;

  async run(body: readonly Statement[], names: Map<string, Held>): Promise<string> {
    const texts: string[] = [];
    for (const statement of body) {
      this.step();
      if ('line' in statement) this.line = statement.line;
      const text = await this.statement(statement, names);
      texts.push(text);
      if (statement.kind === 'text' || statement.kind === 'output') this.grow(text.length);
    }
    return texts.join('');
  }

  private async statement(statement: Statement, names: Map<string, Held>): Promise<string> {
    switch (statement.kind) {
      case 'text':
        return statement.text;
      case 'output':
        return textOf(this.plain(await this.held(statement.value, names)));
      case 'set':
        names.set(statement.name, await this.held(statement.value, names));
        return '';
      case 'if':
        for (const { when, body } of statement.branches) {
          if (when === null || truthOf(await this.value(when, names))) return this.run(body, names);
        }
        return '';
      case 'for':
        return this.loop(statement, names);
    }
  }

  private async loop(statement: Extract<Statement, { kind: 'for' }>, names: Map<string, Held>): Promise<string> {
    const all = itemsOf(await this.value(statement.of, names));
    if (all === null) throw this.error('for needs a list, a map or a text');
    const chosen: Map<string, Held>[] = [];
    for (const item of all) {
      this.step();
      const scope = new Map(names);
      const values: readonly Value[] = statement.names.length === 1 ? [item] : (itemsOf(item) ?? []);
      statement.names.forEach((name, at) => scope.set(name, values[at]));
      if (statement.where === null || truthOf(await this.value(statement.where, scope))) chosen.push(scope);
    }
    if (chosen.length === 0) return this.run(statement.otherwise, new Map(names));
    const texts: string[] = [];
    for (const [at, scope] of chosen.entries()) {
      const last = chosen.length - 1;
      scope.set('loop', { index: at + 1, index0: at, first: at === 0, last: at === last, length: chosen.length });
      texts.push(await this.run(statement.body, scope));
    }
    return texts.join('');
  }

  private async value(expression: Expression, names: ReadonlyMap<string, Held>): Promise<Value> {
    return this.plain(await this.held(expression, names));
  }

  private async held(expression: Expression, names: ReadonlyMap<string, Held>): Promise<Held> {
    this.step();
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'name':
        return names.get(expression.name);
      case 'list':
        return this.values(expression.items, names).then((items) => items.map((item) => item ?? null));
      case 'map': {
        const entries: [string, Json][] = [];
        for (const [key, item] of expression.entries) {
          entries.push([textOf(await this.value(key, names)), (await this.value(item, names)) ?? null]);
        }
        return Object.fromEntries(entries);
      }
      case 'member':
        return this.member(await this.held(expression.of, names), await this.value(expression.key, names));
      case 'filter': {
        const filter = FILTERS.get(expression.name);
        if (filter === undefined) throw this.error(`there is no filter ${expression.name} here`);
        return this.bounded(filter(await this.value(expression.of, names), await this.values(expression.args, names)));
      }
      case 'test': {
        const test = TESTS.get(expression.name);
        if (test === undefined) throw this.error(`there is no test ${expression.name} here`);
        return test(await this.value(expression.of, names));
      }
      case 'call':
        return this.call(expression, names);
      case 'unary': {
        const value = await this.value(expression.of, names);
        return expression.sign === 'not' ? !truthOf(value) : -this.number(value);
      }
      case 'binary':
        return this.binary(expression.sign, expression.left, expression.right, names);
      case 'choice':
        return this.held(
          truthOf(await this.value(expression.when, names)) ? expression.chosen : expression.otherwise,
          names,
        );
    }
  }

  private async values(expressions: readonly Expression[], names: ReadonlyMap<string, Held>): Promise<Value[]> {
    const values: Value[] = [];
    for (const expression of expressions) values.push(await this.value(expression, names));
    return values;
  }

  private async member(of: Held, key: Value): Promise<Held> {
    if (of instanceof CtxPart) {
      const { node } = of;
      if (node.kind === 'list') return this.entered(await node.item(this.number(key)));
      const attribute = node.kind === 'object' ? node.attributes.get(textOf(key)) : undefined;
      if (attribute === undefined) throw this.error(`ctx has no ${textOf(key)} there`);
      return this.entered(await attribute());
    }
    if (of === undefined) throw this.error(`${textOf(key)} is asked of something that is not defined`);
    if (isJsonMap(of)) return Object.hasOwn(of, textOf(key)) ? of[textOf(key)] : undefined;
    if (typeof key === 'number' && (Array.isArray(of) || typeof of === 'string')) {
      return itemsOf(of)?.at(key);
    }
    return undefined;
  }

  private entered(node: CtxNode): Held {
    if (node.kind === 'value') return node.value;
    return node.kind === 'map' ? node.map : new CtxPart(node);
  }

  private async call(
    { of, args }: Extract<Expression, { kind: 'call' }>,
    names: ReadonlyMap<string, Held>,
  ): Promise<Value> {
    const values = await this.values(args, names);
    if (of.kind === 'name' && of.name === 'range') return this.range(values.map((value) => this.number(value)));
    if (of.kind !== 'member' || of.key.kind !== 'literal') throw this.error('this cannot be called');
    const method = METHODS.get(textOf(of.key.value));
    if (method === undefined) throw this.error(`${textOf(of.key.value)} cannot be called here`);
    return this.bounded(method(await this.value(of.of, names), values));
  }

  private range(given: readonly number[]): number[] {
    const [start = 0, end = 0, step = 1] = given.length === 1 ? [0, given[0]] : given;
    const count = step === 0 ? NaN : Math.max(0, Math.ceil((end - start) / step));
    if (!(count <= LONGEST_RANGE)) throw this.error(`range has at most ${LONGEST_RANGE} items`);
    return Array.from({ length: count }, (_, at) => start + at * step);
  }

  private async binary(
    sign: string,
    left: Expression,
    right: Expression,
    names: ReadonlyMap<string, Held>,
  ): Promise<Value> {
    const a = await this.value(left, names);
    if (sign === 'and') return truthOf(a) ? this.value(right, names) : a;
    if (sign === 'or') return truthOf(a) ? a : this.value(right, names);
    const b = await this.value(right, names);
    switch (sign) {
      case '==':
        return isEqual(a, b);
      case '!=':
        return !isEqual(a, b);
      case '<':
        return compare(a, b) < 0;
      case '>':
        return compare(a, b) > 0;
      case '<=':
        return compare(a, b) <= 0;
      case '>=':
        return compare(a, b) >= 0;
      case 'in':
        return this.contains(a, b);
      case 'not in':
        return !this.contains(a, b);
      case '~':
        return this.bounded(textOf(a) + textOf(b));
      case '+':
        return this.sum(a, b);
      default:
        return this.arithmetic(sign, this.number(a), this.number(b));
    }
  }

  private contains(item: Value, container: Value): boolean {
    if (typeof container === 'string') return container.includes(textOf(item));
    return (itemsOf(container) ?? []).some((other) => isEqual(item, other));
  }

  private sum(a: Value, b: Value): Value {
    if (typeof a === 'string' && typeof b === 'string') return this.bounded(a + b);
    if (Array.isArray(a) && Array.isArray(b))
      return this.bounded([...(a as readonly Json[]), ...(b as readonly Json[])]);
    return this.number(a) + this.number(b);
  }

  private arithmetic(sign: string, a: number, b: number): number {
    if (b === 0 && (sign === '/' || sign === '//' || sign === '%')) throw this.error('division by zero');
    switch (sign) {
      case '-':
        return a - b;
      case '*':
        return a * b;
      case '/':
        return a / b;
      case '//':
        return Math.floor(a / b);
      case '%':
        return a - b * Math.floor(a / b);
      default:
        return a ** b;
    }
  }

  private number(value: Value): number {
    if (typeof value === 'number') return value;
    throw this.error(`${textOf(value).slice(0, 40)} is not a number`);
  }

  private plain(held: Held): Value {
    if (held instanceof CtxPart) throw this.error('a part of ctx is no value: ask for something of it');
    return held;
  }

  private bounded(value: Value): Value {
    if (typeof value === 'string') this.grow(value.length);
    if (Array.isArray(value)) this.grow(value.length);
    return value;
  }

  /** Everything that is made counts, also what is thrown away. */
  private grow(length: number): void {
    this.length += length;
    if (this.length > LONGEST * 4) throw this.error('it makes too long a text');
  }

  private step(): void {
    this.steps += 1;
    if (this.steps > MOST_STEPS || performance.now() > this.deadline) throw this.error('it takes too long');
  }

  private error(message: string): TemplateError {
    return new TemplateError(message, this.line);
  }
}
