/** What is wrong with a text, and where; becomes a diagnostic with line and column. */
export class YamlFault extends Error {
  constructor(
    message: string,
    /** Into the text, UTF-16 units. */
    readonly offset: number,
    readonly code: -1 | 108 = -1,
  ) {
    super(message);
  }
}

/** A piece of the text that is short enough for a message. */
export function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
