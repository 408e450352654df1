import type { LogLevel, OperationHost, OperationRequest } from './operation-dispatch.js';
import type { SecretMask } from './secret-mask.js';

/** The log of one operation: masked, in order, one line at a time. */
export class OperationLog {
  private last: Promise<void> = Promise.resolve();
  private readonly logger: string;

  constructor(
    request: OperationRequest,
    private readonly host: OperationHost,
    readonly mask: SecretMask,
    private readonly onLost: (error: unknown) => void,
  ) {
    this.logger = `ctx.${request.taskId}`;
  }

  /** Resolves when the line was taken. That a line is lost ends no operation. */
  write(level: LogLevel, message: string): Promise<void> {
    return this.written(level, this.mask.hide(message));
  }

  /** A line that is masked already. */
  written(level: LogLevel, message: string): Promise<void> {
    this.last = this.last.then(() => this.host.log(level, this.logger, message).catch(this.onLost));
    return this.last;
  }

  event(message: string): Promise<void> {
    this.last = this.last.then(() => this.host.event(this.mask.hide(message)).catch(this.onLost));
    return this.last;
  }

  /** When everything written so far was taken. */
  settled(): Promise<void> {
    return this.last;
  }
}
