import { TemplateError, type Token } from './tokens.js';

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'member'; readonly of: Expression; readonly key: Expression }
  | {
      readonly kind: 'filter' | 'test';
      readonly name: string;
      readonly of: Expression;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'call'; readonly of: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'unary'; readonly sign: 'not' | '-'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly when: Expression; readonly chosen: Expression; readonly otherwise: Expression };

const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
/** Weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'],
  ['~'],
  ['+', '-'],
  ['*', '/', '//', '%'],
  ['**'],
];
const DEEPEST = 64;

/** Reads expressions of Jinja. */
export class ExpressionReader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly line: number,
  ) {}

  /** The whole rest must be one expression. @throws TemplateError */
  only(): Expression {
    const expression = this.expression();
    this.end();
    return expression;
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.error('there is something after the expression');
  }

  expression(): Expression {
    if ((this.depth += 1) > DEEPEST) throw this.error('the expression is too deep');
    const value = this.either();
    this.depth -= 1;
    if (!this.takes('if')) return value;
    const when = this.either();
    const otherwise: Expression = this.takes('else') ? this.expression() : { kind: 'literal', value: '' };
    return { kind: 'choice', when, chosen: value, otherwise };
  }

  name(): string {
    const token = this.tokens[this.at];
    if (token?.kind !== 'name') throw this.error('a name is missing');
    this.at += 1;
    return token.text;
  }

  takes(text: string): boolean {
    const token = this.tokens[this.at];
    if (token === undefined || (token.kind !== 'name' && token.kind !== 'sign') || token.text !== text) return false;
    this.at += 1;
    return true;
  }

  needs(text: string): void {
    if (!this.takes(text)) throw this.error(`${text} is missing`);
  }

  error(message: string): TemplateError {
    return new TemplateError(message, this.line);
  }

  /** As in a for loop, where `if` and `else` are not the choice's. */
  either(): Expression {
    let left = this.both();
    while (this.takes('or')) left = { kind: 'binary', sign: 'or', left, right: this.both() };
    return left;
  }

  private both(): Expression {
    let left = this.negation();
    while (this.takes('and')) left = { kind: 'binary', sign: 'and', left, right: this.negation() };
    return left;
  }

  private negation(): Expression {
    return this.takes('not') ? { kind: 'unary', sign: 'not', of: this.negation() } : this.level(0);
  }

  private level(level: number): Expression {
    const signs = LEVELS[level];
    if (signs === undefined) return this.unary();
    let left = this.level(level + 1);
    for (;;) {
      if (level === 0 && this.takes('is')) {
        left = this.test(left);
        continue;
      }
      const sign = signs.find((candidate) => candidate.split(' ').every((word, at) => this.peek(at) === word));
      if (sign === undefined) return left;
      this.at += sign.split(' ').length;
      left = { kind: 'binary', sign, left, right: this.level(level + 1) };
    }
  }

  private peek(ahead: number): string | null {
    const token = this.tokens[this.at + ahead];
    return token !== undefined && (token.kind === 'name' || token.kind === 'sign') ? token.text : null;
  }

  private test(of: Expression): Expression {
    const isNot = this.takes('not');
    const test: Expression = { kind: 'test', name: this.name(), of, args: this.takes('(') ? this.list(')') : [] };
    return isNot ? { kind: 'unary', sign: 'not', of: test } : test;
  }

  private unary(): Expression {
    if (this.takes('-')) return { kind: 'unary', sign: '-', of: this.unary() };
    let value = this.primary();
    for (;;) {
      if (this.takes('.')) value = { kind: 'member', of: value, key: { kind: 'literal', value: this.name() } };
      else if (this.takes('[')) {
        value = { kind: 'member', of: value, key: this.expression() };
        this.needs(']');
      } else if (this.takes('(')) value = { kind: 'call', of: value, args: this.list(')') };
      else if (this.takes('|')) {
        value = { kind: 'filter', name: this.name(), of: value, args: this.takes('(') ? this.list(')') : [] };
      } else return value;
    }
  }

  private primary(): Expression {
    const token = this.tokens[this.at];
    if (token === undefined) throw this.error('an expression is missing');
    this.at += 1;
    if (token.kind === 'string') return { kind: 'literal', value: token.text };
    if (token.kind === 'number') return { kind: 'literal', value: token.value };
    if (token.kind === 'name') {
      const literal = LITERALS.get(token.text);
      return literal === undefined ? { kind: 'name', name: token.text } : { kind: 'literal', value: literal };
    }
    if (token.text === '(') {
      const inner = this.expression();
      this.needs(')');
      return inner;
    }
    if (token.text === '[') return { kind: 'list', items: this.list(']') };
    if (token.text === '{') return this.map();
    throw this.error(`${token.text} is not expected`);
  }

  private list(closing: string): Expression[] {
    const items: Expression[] = [];
    while (!this.takes(closing)) {
      items.push(this.expression());
      if (!this.takes(',')) {
        this.needs(closing);
        break;
      }
    }
    return items;
  }

  private map(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.takes('}')) {
      const key = this.expression();
      this.needs(':');
      entries.push([key, this.expression()]);
      if (!this.takes(',')) {
        this.needs('}');
        break;
      }
    }
    return { kind: 'map', entries };
  }
}
