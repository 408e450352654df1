import type { Refusal } from './planning-messages.js';

/** The plan cannot become a deployment with these values. The message says all that is wrong. */
export class PlanRefusedError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.messages.join('; '));
    this.name = new.target.name;
  }
}

/** A planning thread was ended, since what it did cost too much, or broke. */
export class PlanningEndedError extends Error {
  constructor(
    readonly reason: 'timeout' | 'memory' | 'crash',
    options?: ErrorOptions,
  ) {
    super(
      {
        timeout: 'Planning the deployment took too long',
        memory: 'Planning the deployment took too much memory',
        crash: 'Planning the deployment failed',
      }[reason],
      options,
    );
    this.name = new.target.name;
  }
}
