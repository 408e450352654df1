import { setTimeout as pause } from 'node:timers/promises';
import { Agent, fetch } from 'undici';

/** `pulse-client.ts URL TOKEN`: asks for its user until its input ends, then prints how long each answer took, in ms. */
const PAUSE_MS = 10;

const [url = '', token = ''] = process.argv.slice(2);
const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, connections: 1 }); // the bench's own manager
const tookMs: number[] = [];
const over = new AbortController();
process.stdin.on('end', () => over.abort()).resume();

async function ask(): Promise<void> {
  const answer = await fetch(`${url}/api/v3.1/user`, { headers: { 'authentication-token': token }, dispatcher });
  if (answer.status !== 200) throw new Error(await answer.text());
  await answer.arrayBuffer();
}

for (let warming = 0; warming < 20; warming += 1) await ask();
process.stdout.write('\n');
while (!over.signal.aborted) {
  const begun = performance.now();
  await ask();
  tookMs.push(performance.now() - begun);
  await pause(PAUSE_MS);
}
process.stdout.write(JSON.stringify(tookMs));
