const MASK = '********';
/** Shorter values stand in too many texts that are no secret. */
const SHORTEST = 4;
/** Lines and base64 fragments shorter than this are found everywhere. */
const SHORTEST_PART = 8;
const MANY_FORMS = 2_000;

/**
 * Hides known values of secrets in texts, in the forms in which programs print them: as they are, in base64 (also within a
 * longer text, such as `user:password`), escaped for JSON, URLs and shells, in hexadecimal digits, and line by line where
 * they have several. Values of fewer than 4 characters are left alone.
 */
export class SecretMask {
  private readonly known = new Set<string>();
  /** Longest first. */
  private forms: readonly string[] = [];
  private any: RegExp | null = null;
  private longest = 0;

  constructor(values: readonly string[]) {
    this.learn(values);
  }

  /** Hides these from now on, too. */
  learn(values: readonly string[]): void {
    for (const value of values) {
      if (this.known.size > MANY_FORMS) addPlain(this.known, value);
      else addForms(this.known, value);
    }
    this.forms = [...this.known].toSorted((a, b) => b.length - a.length);
    this.longest = this.forms[0]?.length ?? 0;
    this.any = this.forms.length === 0 ? null : new RegExp(this.forms.map(quoted).join('|'));
  }

  /** Occurrences may overlap: whatever belongs to one of them is hidden. */
  hide(text: string): string {
    if (this.any === null || !this.any.test(text)) return text;
    let hidden = '';
    let shown = 0;
    for (const [start, end] of this.occurrences(text)) {
      hidden += text.slice(shown, start) + MASK;
      shown = end;
    }
    return hidden + text.slice(shown);
  }

  /**
   * How many characters at the end of `text` must be seen together with what follows before they may be shown: they may be
   * the beginning of a secret.
   */
  heldBack(text: string): number {
    for (let held = Math.min(this.longest - 1, text.length); held > 0; held -= 1) {
      const tail = text.slice(-held);
      if (this.forms.some((form) => form.length > held && form.startsWith(tail))) return held;
    }
    return 0;
  }

  /** Places of secrets in their order, overlapping and touching ones as one. */
  private occurrences(text: string): [number, number][] {
    const found: [number, number][] = [];
    for (const form of this.forms) {
      for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) found.push([at, at + form.length]);
    }
    found.sort((a, b) => a[0] - b[0]);
    const merged: [number, number][] = [];
    for (const [start, end] of found) {
      const last = merged.at(-1);
      if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
      else merged.push([start, end]);
    }
    return merged;
  }
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function addPlain(forms: Set<string>, value: string): void {
  if (value.length >= SHORTEST) forms.add(value);
}

function addForms(forms: Set<string>, value: string): void {
  if (value.length < SHORTEST) return;
  const lines = value.split(/\r?\n/).filter((line) => line.length >= SHORTEST_PART);
  const json = JSON.stringify(value).slice(1, -1);
  const url = urlEncoded(value);
  for (const form of [
    value,
    value.trim(),
    ...lines,
    json,
    JSON.stringify(json).slice(1, -1),
    asciiJson(value),
    value.replaceAll("'", String.raw`'\''`),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll(/[^\w@%+=:,./-]/g, String.raw`\$&`),
    value.replaceAll(/[\\"$`]/g, String.raw`\$&`),
    url,
    encodeURIComponent(value.toWellFormed()),
    url.replaceAll('%20', '+'),
    url.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
    Buffer.from(value).toString('hex'),
    Buffer.from(value).toString('hex').toUpperCase(),
    ...base64Forms(value),
  ]) {
    addPlain(forms, form);
  }
}

/** `encodeURIComponent` throws on half a character, and leaves alone what others encode. */
function urlEncoded(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function asciiJson(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The value alone, and what stays the same of it wherever it stands in a longer text, in both alphabets. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const whole = bytes.toString('base64');
  const plain = [whole, whole.replace(/=+$/, ''), Buffer.from(`${value}\n`).toString('base64')];
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const bits = (offset + bytes.length) * 8;
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
  });
  const forms = [...plain, ...inside.filter((form) => form.length >= SHORTEST_PART)];
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
