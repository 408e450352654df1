/** Ends the server of global-setup.ts and removes its folder. */
// oxlint-disable-next-line import/no-default-export -- what Jest asks for
export default async function stopServer(): Promise<void> {
  await globalThis.holdfastTestServer?.stop();
  globalThis.holdfastTestServer = undefined;
}
