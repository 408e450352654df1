export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output' | 'statement'; readonly code: string; readonly line: number };

/** A template that cannot be read, or asks for what is not there; the text names the line. */
export class TemplateError extends Error {
  constructor(message: string, line: number | null) {
    super(line === null ? message : `the template, line ${line}: ${message}`);
  }
}

const OPENING = /\{([{%#])(-?)/g;
const CLOSING: Readonly<Record<string, string>> = { '{': '}}', '%': '%}', '#': '#}' };

/** Cuts a template into texts, `{{ outputs }}` and `{% statements %}`; comments and white space around `-` go. */
export function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let isTrimmed = false;
  const addText = (text: string): void => {
    const shown = isTrimmed ? text.trimStart() : text;
    if (shown !== '') parts.push({ kind: 'text', text: shown });
    isTrimmed = false;
  };
  for (;;) {
    OPENING.lastIndex = at;
    const open = OPENING.exec(template);
    if (open === null) {
      addText(template.slice(at));
      return parts;
    }
    const [whole, sign = '', dash] = open;
    const line = lineOf(template, open.index);
    const before = template.slice(at, open.index);
    addText(dash === '-' ? before.trimEnd() : before);
    const start = open.index + whole.length;
    const end = endOf(template, start, CLOSING[sign] ?? '', sign === '#');
    if (end === -1) throw new TemplateError(`{${sign} is not closed`, line);
    const hasDash = template[end - 1] === '-' && end > start;
    const code = template.slice(start, hasDash ? end - 1 : end).trim();
    at = end + 2;
    isTrimmed = hasDash;
    // As Jinja: the end of the line after a statement that ends a template's line is kept; nothing is removed unasked.
    if (sign === '#') continue;
    if (sign === '%' && code === 'raw') {
      const close = /\{%-?\s*endraw\s*-?%\}/g;
      close.lastIndex = at;
      const found = close.exec(template);
      if (found === null) throw new TemplateError('raw is not ended by endraw', line);
      addText(template.slice(at, found.index));
      at = found.index + found[0].length;
      continue;
    }
    parts.push({ kind: sign === '{' ? 'output' : 'statement', code, line });
  }
}

/** Where a sign closes; within quotes it does not. */
function endOf(template: string, start: number, closing: string, isComment: boolean): number {
  let quote = '';
  for (let at = start; at < template.length; at += 1) {
    const character = template[at] ?? '';
    if (quote !== '') {
      if (character === '\\') at += 1;
      else if (character === quote) quote = '';
    } else if (!isComment && (character === '"' || character === "'")) quote = character;
    else if (template.startsWith(closing, at)) return at;
  }
  return -1;
}

function lineOf(template: string, at: number): number {
  let line = 1;
  for (let found = template.indexOf('\n'); found !== -1 && found < at; found = template.indexOf('\n', found + 1))
    line += 1;
  return line;
}

export type Token =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' | 'sign'; readonly text: string };

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(==|!=|<=|>=|\/\/|\*\*|[-+*/%~<>=|.,:()[\]{}]))/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** @throws TemplateError */
export function tokensOf(code: string, line: number): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < code.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(code);
    if (match === null) {
      if (code.slice(from).trim() === '') break;
      throw new TemplateError(`cannot read ${JSON.stringify(code.slice(from, from + 20))}`, line);
    }
    const [, text, number, name, sign] = match;
    if (text !== undefined) {
      tokens.push({ kind: 'string', text: text.slice(1, -1).replaceAll(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c) });
    } else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}
