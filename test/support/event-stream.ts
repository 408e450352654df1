import type { Readable } from 'node:stream';
import type { TestApp } from './app.js';
import type { Client } from './client.js';

/** An event of a stream, with the id that a client goes on from. */
export interface Followed {
  readonly id: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read the wire as it is
  readonly data: any;
}

/** A client that follows `GET /events/stream`. */
export class EventReader {
  private text = '';
  private isOver = false;
  private readonly frames: Followed[] = [];
  private wake: () => void = () => undefined;

  private constructor(
    readonly status: number,
    readonly contentType: string | undefined,
    stream: Readable,
    private readonly hangUp: () => void,
  ) {
    stream.on('data', (chunk: Buffer) => this.read(chunk.toString('utf8')));
    stream.on('close', () => this.end()).on('end', () => this.end());
    stream.on('error', () => this.end());
  }

  static async open({ app }: Pick<TestApp, 'app'>, client: Client, query = '', lastId?: string): Promise<EventReader> {
    const { token, tenant } = client.identity;
    const response = await app.inject({
      method: 'GET',
      url: `/api/v3.1/events/stream?${query}`,
      headers: {
        ...(token === undefined ? {} : { 'authentication-token': token }),
        ...(tenant === undefined ? {} : { tenant }),
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      },
      payloadAsStream: true,
    });
    const type = response.headers['content-type'];
    return new EventReader(response.statusCode, typeof type === 'string' ? type : undefined, response.stream(), () =>
      response.raw.res.destroy(),
    );
  }

  /** The next events, once there are so many, or the stream is over. */
  async next(count: number): Promise<readonly Followed[]> {
    while (this.frames.length < count && !this.isOver) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.frames.splice(0, count);
  }

  async messages(count: number): Promise<string[]> {
    return (await this.next(count)).map(({ data }) => String(data.message));
  }

  async over(): Promise<void> {
    while (!this.isOver) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** The id that was said last, with an event or without. */
  lastId = '';

  close(): void {
    this.hangUp();
  }

  private read(chunk: string): void {
    this.text += chunk;
    const blocks = this.text.split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      this.lastId = field('id') ?? this.lastId;
      const data = field('data');
      if (data !== undefined) this.frames.push({ id: this.lastId, data: JSON.parse(data) as unknown });
    }
    this.wake();
  }

  private end(): void {
    this.isOver = true;
    this.wake();
  }
}
