import { Clock } from '../../src/platform/clock/clock.js';

/** A clock that runs with the real one until a test moves it. */
export class TestClock extends Clock {
  private offsetMs = 0;

  override now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  advance(milliseconds: number): void {
    this.offsetMs += milliseconds;
  }
}
