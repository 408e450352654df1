import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The files below a folder, as paths relative to it with `/`. No link is followed, nor named: Node's own recursive
 * listing walks through links to folders.
 */
export async function plainFilesIn(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const walk = async (prefix: string): Promise<void> => {
    for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) await walk(`${path}/`);
      else if (entry.isFile()) paths.push(path);
    }
  };
  await walk('');
  return paths;
}
