/** Removes the indentation that all lines have in common, as YAML's inline texts bring it. */
export function dedent(text: string): string {
  const lines = text.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const [first = '', ...others] = indents;
  const common = others.reduce((prefix, indent) => {
    let length = 0;
    while (length < prefix.length && prefix[length] === indent[length]) length += 1;
    return prefix.slice(0, length);
  }, first);
  return lines.map((line) => (line.startsWith(common) ? line.slice(common.length) : line.trimStart())).join('\n');
}

/** What a shebang says about an inline script; null where there is none. */
export function kindByShebang(text: string): 'python' | 'other' | null {
  if (!text.startsWith('#!')) return null;
  return /python/.test(text.split('\n', 1)[0] ?? '') ? 'python' : 'other';
}
