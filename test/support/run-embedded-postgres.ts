import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';

/** A program that a test may kill: starts the database in the folder it is given, tells how, and waits. */
const log = { info: () => undefined, warn: () => undefined };
const database = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log });
process.stdout.write(`${JSON.stringify({ reused: database.reused, owner: database.owner })}\n`);
process.on('SIGTERM', () => {
  void database.stop().then(() => process.exit(0));
});
const reason = await database.unexpectedExit;
process.stdout.write(`${JSON.stringify({ exited: reason.message })}\n`);
process.exit(3);
