/** What Jest's global set-up keeps for its global teardown, in one process. */
declare var holdfastTestServer: { stop(): Promise<void> } | undefined;
