/** What a time of day, or a time without a zone, is understood by. */
export interface ScheduleClock {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number;
  /** The server's IANA time zone. */
  readonly timeZone: string;
}
