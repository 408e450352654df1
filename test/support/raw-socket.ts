import { connect, type Socket } from 'node:net';

/** One connection, byte by byte: for requests that no honest client would write. */
export class RawConnection {
  private received = '';
  private readonly socket: Socket;
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port });
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    this.socket.on('error', () => undefined); // a server that has had enough may cut the connection
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  write(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** The status of the first final answer, or null when the server closed without one. */
  async status(): Promise<number | null> {
    await Promise.race([this.closed, this.until(() => STATUS.test(this.received))]);
    const found = STATUS.exec(this.received)?.[1];
    return found === undefined ? null : Number(found);
  }

  /** All that came, once the server has closed. */
  async text(): Promise<string> {
    await this.closed;
    return this.received;
  }

  /** As a client that goes away in the middle. */
  abort(): void {
    this.socket.resetAndDestroy();
  }

  end(): void {
    this.socket.destroy();
  }

  private until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (condition()) resolve();
      };
      this.socket.on('data', look);
      look();
    });
  }
}

const STATUS = /HTTP\/1\.1 ([2-5]\d\d) /;
