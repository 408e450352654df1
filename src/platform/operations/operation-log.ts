import type { LogLevel, OperationHost, OperationRequest } from './operation-dispatch.js';
import type { SecretMask } from './secret-mask.js';

/** Characters of a message. */
const LONGEST = 65_536;

/** The log of one operation: masked, in order, one line at a time. */
export class OperationLog {
  private last: Promise<void> = Promise.resolve();
  private readonly logger: string;

  constructor(
    request: OperationRequest,
    private readonly host: OperationHost,
    readonly mask: SecretMask,
    /** Characters that it may still say by itself, without what its processes print. */
    private left: number,
    private readonly onLost: (error: unknown) => void,
  ) {
    this.logger = `ctx.${request.taskId}`;
  }

  /** Resolves when the line was taken. That a line is lost ends no operation. */
  write(level: LogLevel, message: string): Promise<void> {
    return this.isWithin(message) ? this.written(level, this.mask.hide(message).slice(0, LONGEST)) : this.last;
  }

  /** A line that is masked already. */
  written(level: LogLevel, message: string): Promise<void> {
    this.last = this.last.then(() =>
      this.host.log(level, this.logger, message.replaceAll('\0', '\uFFFD')).catch(this.onLost),
    );
    return this.last;
  }

  event(message: string): Promise<void> {
    if (!this.isWithin(message)) return this.last;
    const shown = this.mask.hide(message).slice(0, LONGEST).replaceAll('\0', '\uFFFD');
    this.last = this.last.then(() => this.host.event(shown).catch(this.onLost));
    return this.last;
  }

  private isWithin(message: string): boolean {
    const had = this.left;
    this.left -= message.length;
    if (had > 0 && this.left <= 0) void this.written('warning', '(further messages are dropped: there are too many)');
    return this.left > 0;
  }

  /** When everything written so far was taken. */
  settled(): Promise<void> {
    return this.last;
  }
}
