import path from 'node:path';

/**
 * Starts one PostgreSQL for the whole run. Jest runs this once for all projects that name it, in its own process and
 * outside of its module system, which is why sources are loaded through Node's hooks.
 */
// oxlint-disable-next-line import/no-default-export -- what Jest asks for
export default async function startServer(): Promise<void> {
  await import(path.join(import.meta.dirname, 'typescript-hooks.mjs'));
  const { startTestServer } = await import('./database-server.js');
  globalThis.holdfastTestServer ??= await startTestServer();
}
