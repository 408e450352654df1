import { readdir, readFile } from 'node:fs/promises';

/** Processes whose command line holds the text. */
export async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(`${pid} ${line.replaceAll('\0', ' ')}`);
  }
  return found;
}
