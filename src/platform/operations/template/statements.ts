import { ExpressionReader, type Expression } from './expressions.js';
import { partsOf, TemplateError, tokensOf, type Part } from './tokens.js';

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Expression; readonly line: number }
  | { readonly kind: 'set'; readonly name: string; readonly value: Expression; readonly line: number }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly when: Expression | null; readonly body: readonly Statement[] }[];
      readonly line: number;
    }
  | {
      readonly kind: 'for';
      readonly names: readonly string[];
      readonly of: Expression;
      readonly where: Expression | null;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
      readonly line: number;
    };

const DEEPEST = 64;

/** @throws TemplateError for what is not supported as well: `include`, `macro`, `extends` */
export function readTemplate(template: string): readonly Statement[] {
  const reader = new StatementReader(partsOf(template));
  const { body, end } = reader.body([]);
  if (end !== null) throw new TemplateError(`${end} has no beginning`, null);
  return body;
}

class StatementReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly parts: readonly Part[]) {}

  /** Up to one of these statements, whose reader stands after its name. */
  body(ends: readonly string[]): { body: Statement[]; end: string | null; rest: ExpressionReader | null } {
    const body: Statement[] = [];
    if ((this.depth += 1) > DEEPEST) throw new TemplateError('it is nested too deep', null);
    for (;;) {
      const part = this.parts[this.at];
      this.at += 1;
      if (part === undefined) {
        if (ends.length > 0) throw new TemplateError(`${ends.at(-1)} is missing`, null);
        return { body, end: null, rest: null };
      }
      if (part.kind === 'text') body.push(part);
      else {
        const reader = new ExpressionReader(tokensOf(part.code, part.line), part.line);
        if (part.kind === 'output') body.push({ kind: 'output', value: reader.only(), line: part.line });
        else {
          const word = reader.name();
          if (ends.includes(word)) {
            this.depth -= 1;
            return { body, end: word, rest: reader };
          }
          body.push(this.statement(word, reader, part.line));
        }
      }
    }
  }

  private statement(word: string, reader: ExpressionReader, line: number): Statement {
    switch (word) {
      case 'if':
        return this.choice(reader, line);
      case 'for':
        return this.loop(reader, line);
      case 'set': {
        const name = reader.name();
        reader.needs('=');
        return { kind: 'set', name, value: reader.only(), line };
      }
      default:
        throw new TemplateError(`the statement ${word} is not supported here`, line);
    }
  }

  private choice(reader: ExpressionReader, line: number): Statement {
    const branches: { when: Expression | null; body: Statement[] }[] = [];
    let when: Expression | null = reader.only();
    for (;;) {
      const { body, end, rest } = this.body(when === null ? ['endif'] : ['elif', 'else', 'endif']);
      branches.push({ when, body });
      if (end === 'endif') return { kind: 'if', branches, line };
      when = end === 'elif' && rest !== null ? rest.only() : null;
    }
  }

  private loop(reader: ExpressionReader, line: number): Statement {
    const names = [reader.name()];
    while (reader.takes(',')) names.push(reader.name());
    reader.needs('in');
    const of = reader.either();
    const where = reader.takes('if') ? reader.expression() : null;
    reader.end();
    const { body, end } = this.body(['else', 'endfor']);
    const otherwise = end === 'else' ? this.body(['endfor']).body : [];
    return { kind: 'for', names, of, where, body, otherwise, line };
  }
}
