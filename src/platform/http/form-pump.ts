import type { Busboy } from 'busboy';
import { BadParametersError } from '../../core/errors/app-error.js';

/**
 * Feeds a form parser chunk by chunk. A failure, the parser's or one found in what it tells, ends the step that is under
 * way: the parser itself would leave it waiting, since it may be held up by a file that nobody reads any more.
 */
export class FormPump {
  private failure: { readonly error: unknown } | null = null;
  private rejectStep: ((error: unknown) => void) | null = null;

  constructor(private readonly parser: Busboy) {
    parser.on('error', (error: unknown) => {
      this.fail(new BadParametersError('The form is malformed or incomplete', { cause: error }));
    });
  }

  /** Resolves when the parser has taken the chunk, and a file in it has been taken off its hands. */
  write(chunk: Buffer): Promise<void> {
    return this.step((resolve, reject) => {
      this.parser.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  end(): Promise<void> {
    return this.step((resolve) => {
      this.parser.once('close', resolve);
      this.parser.end();
    });
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.rejectStep?.(this.failure.error);
  }

  destroy(): void {
    this.fail(new Error('The form was abandoned.'));
    this.parser.destroy();
  }

  private step(work: (resolve: () => void, reject: (error: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) return reject(this.failure.error);
      this.rejectStep = reject;
      return work(
        () => (this.failure === null ? resolve() : reject(this.failure.error)),
        (error) => reject(this.failure === null ? error : this.failure.error),
      );
    });
  }
}
