import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Readable } from 'node:stream';

type Json = Readonly<Record<string, unknown>>;

interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v3.1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json | Readable;
}

/** What the manager refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

/** The REST API of a manager in this process: the same routes, guards and rules as over the network, without one. */
export class ManagerClient {
  private authorization: Readonly<Record<string, string>>;

  constructor(
    private readonly app: NestFastifyApplication,
    username: string,
    password: string,
  ) {
    this.authorization = {
      authorization: `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`,
    };
  }

  /** Signs in once: a token is looked up, a password would be verified again and again. */
  async signIn(): Promise<void> {
    const { value } = await this.call({ method: 'POST', path: 'tokens', body: { description: 'holdfast run' } });
    this.authorization = { 'authentication-token': String(value) };
  }

  /** @throws Refused */
  async call({ method, path, query = {}, body }: Call): Promise<Json> {
    const isJson = body === undefined || !('pipe' in body);
    const response = await this.app
      .getHttpAdapter()
      .getInstance()
      .inject({
        method,
        url: `/api/v3.1/${path}`,
        query: { ...query },
        headers: {
          ...this.authorization,
          tenant: 'default_tenant',
          // Over the network the size of a stream is not said beforehand either.
          ...(isJson
            ? { 'content-type': 'application/json' }
            : { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' }),
        },
        ...(body === undefined ? {} : { payload: body as Readable }),
      });
    const answer = response.body === '' ? null : (JSON.parse(response.body) as unknown);
    const found = typeof answer === 'object' && answer !== null ? (answer as Json) : {};
    if (response.statusCode >= 400) {
      const { message, error_code: code } = found;
      const text = typeof message === 'string' ? message : response.body;
      throw new Refused(response.statusCode, typeof code === 'string' ? code : null, text);
    }
    return found;
  }

  /** All items of a list. @throws Refused */
  async items(path: string, query: Readonly<Record<string, string>> = {}): Promise<readonly Json[]> {
    const { items } = await this.call({ method: 'GET', path, query });
    return Array.isArray(items) ? (items as readonly Json[]) : [];
  }
}
