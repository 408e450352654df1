/** Exit code 0 when the manager in this container answers `ok`. */
import { get } from 'node:https';

// The internal listener always speaks TLS, also where the external one leaves that to a proxy.
const port = process.env.HOLDFAST_INTERNAL_PORT ?? '53333';
const options = {
  host: '127.0.0.1',
  port,
  path: '/api/v3.1/ok',
  timeout: 4_000,
  // It is ourselves, on the loopback, under whatever names the operator's certificate holds; nothing secret is sent.
  rejectUnauthorized: false,
};

const request = get(options, (response) => {
  response.resume();
  response.on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
});
request.on('timeout', () => request.destroy(new Error('no answer')));
request.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
