import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export interface Answer {
  readonly status: number;
  /** Parsed when the answer is JSON, not compressed, else null. */
  // Tests read the wire as it is; what it should be is what they assert.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly text: string;
  readonly raw: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
}

export interface Identity {
  readonly basic?: { readonly username: string; readonly password: string };
  readonly token?: string;
  readonly tenant?: string;
  /** The address the request comes from. */
  readonly address?: string;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Null sends no Tenant header. */
  readonly tenant?: string | null;
}

type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

/** Sends requests into the application as one caller, with the headers that the Python client sends (rest-api §5.1). */
export class Client {
  constructor(
    private readonly app: NestFastifyApplication,
    readonly identity: Identity = {},
  ) {}

  as(changes: Identity): Client {
    return new Client(this.app, { ...this.identity, ...changes });
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.send('GET', path, undefined, options);
  }
  put(path: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    return this.send('PUT', path, body, options);
  }
  post(path: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    return this.send('POST', path, body, options);
  }
  patch(path: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    return this.send('PATCH', path, body, options);
  }
  delete(path: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    return this.send('DELETE', path, body, options);
  }

  /**
   * @param path below `/api/v3.1`, or an absolute one that begins with `/api/` or `/resources/`
   * @param body an object is sent as JSON; a text or Buffer as it is
   */
  async send(method: Method, path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    const url = /^\/(api|resources)\//.test(path) ? path : `/api/v3.1${path}`;
    const payload =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const response = await this.app.inject({
      method,
      url: withQuery(url, options.query),
      headers: { 'content-type': 'application/json', ...this.headers(options), ...options.headers },
      remoteAddress: this.identity.address ?? '127.0.0.1',
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson =
      (response.headers['content-type'] ?? '').startsWith('application/json') &&
      response.headers['content-encoding'] === undefined;
    return {
      status: response.statusCode,
      text: response.body,
      raw: response.rawPayload,
      body: isJson && response.body !== '' ? (JSON.parse(response.body) as unknown) : null,
      headers: response.headers,
    };
  }

  /**
   * Reads a stream of server-sent events until `isEnough` says so of what came, then hangs up. Waits five seconds at most.
   */
  async follow(path: string, isEnough: (text: string) => boolean, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.app.inject({
      method: 'GET',
      url: withQuery(`/api/v3.1${path}`, options.query),
      headers: { ...this.headers(options), ...options.headers },
      payloadAsStream: true,
    });
    const stream = response.stream();
    const parts: Buffer[] = [];
    const raw = (): Buffer => Buffer.concat(parts);
    await new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, 5_000);
      const done = (): void => {
        clearTimeout(patience);
        resolve();
      };
      stream.on('data', (part: Buffer) => {
        parts.push(part);
        if (response.statusCode === 200 && isEnough(raw().toString('utf8'))) done();
      });
      stream.on('end', done).on('close', done).on('error', done);
    });
    response.raw.res.destroy();
    const text = raw().toString('utf8');
    return { status: response.statusCode, text, raw: raw(), body: null, headers: response.headers };
  }

  private headers(options: RequestOptions): Record<string, string> {
    const { basic, token, tenant } = this.identity;
    const name = options.tenant === undefined ? tenant : (options.tenant ?? undefined);
    return {
      ...(basic === undefined ? {} : { authorization: basicHeader(basic.username, basic.password) }),
      ...(token === undefined ? {} : { 'authentication-token': token }),
      ...(name === undefined ? {} : { tenant: name }),
    };
  }
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function withQuery(url: string, query: RequestOptions['query']): string {
  if (!query) return url;
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) for (const one of [value].flat()) parameters.append(key, one);
  return `${url}${url.includes('?') ? '&' : '?'}${parameters.toString()}`;
}
