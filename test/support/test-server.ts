import type { DatabaseConnection } from '../../src/platform/database/database-connection.js';

/** How the test run's server is reached; Jest's workers inherit it as an environment variable. */
export interface TestServerAddress {
  /** May create databases; tests of the application itself never use it. */
  readonly superuser: DatabaseConnection;
  readonly owner: DatabaseConnection;
  readonly app: DatabaseConnection;
  /** The migrated database that is copied. */
  readonly template: string;
}

const VARIABLE = 'HOLDFAST_TEST_SERVER';

export function publishTestServer(address: TestServerAddress): void {
  process.env[VARIABLE] = JSON.stringify(address);
}

export function testServer(): TestServerAddress {
  const text = process.env[VARIABLE];
  if (text === undefined)
    throw new Error('No test server: this test needs the global set-up of a Jest project with a database.');
  const address: TestServerAddress = JSON.parse(text);
  return address;
}
