import { Injectable } from '@nestjs/common';

/** Tells the sealer of this process that there is something to seal, sooner than its next look at the table. */
@Injectable()
export class AuditBell {
  private listener: (() => void) | null = null;

  onRing(listener: (() => void) | null): void {
    this.listener = listener;
  }

  ring(): void {
    this.listener?.();
  }
}
