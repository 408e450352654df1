// ctx, where there is no bash: see ctx.bash.
import { request } from 'node:http';

const words = process.argv.slice(2);
let timeout = 30;
let url = process.env.CTX_SOCKET_URL ?? '';
for (let at = 0; at < words.length; at += 1) {
  const [name, value] = words[at].split(/=(.*)/s);
  const taken = () => value ?? words[(at += 1)] ?? '';
  if (name === '-t' || name === '--timeout') timeout = Number(taken());
  else if (name === '--socket-url') url = taken();
  else if (name === '--json-arg-prefix') taken();
  else if (name !== '-j' && name !== '--json-output') break;
}

function fail(text) {
  process.stderr.write(`ctx: ${text}\n`);
  process.exit(1);
}

if (url === '') fail('CTX_SOCKET_URL is not set: this runs outside of an operation, or without a ctx proxy');
if (!(timeout >= 0)) fail('the timeout is not a number of seconds');
const body = Buffer.from(words.map((word) => `${word}\0`).join(''));
const asked = request(`${url.replace(/\/$/, '')}/cli`, {
  method: 'POST',
  headers: { 'content-length': body.length, connection: 'close' },
  timeout: timeout * 1000,
});
asked.on('timeout', () => fail(`the worker did not answer within ${timeout} seconds`));
asked.on('error', () => fail('the worker does not answer'));
asked.on('response', (answer) => {
  if (answer.statusCode === 413) fail('the call is too large');
  if (answer.statusCode !== 200) fail('the operation of this URL is over, or never was');
  const isGood = answer.headers['x-exit'] === '0';
  answer.pipe(isGood ? process.stdout : process.stderr);
  process.exitCode = isGood ? 0 : 1;
});
asked.end(body);
