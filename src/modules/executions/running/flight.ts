import type { Result } from '../../../core/graph/state.js';
import type { EventRecord } from '../events/event-writer.service.js';

/** Whoever is told how an operation fares: the graph that it belongs to, of the run of now. */
export interface FlightOwner {
  flightStarted(flight: Flight): void;
  flightEnded(flight: Flight, result: Result): void;
  flightRecord(record: EventRecord): Promise<void>;
}

/** An operation under way in this process. It may outlive the run that sent it; then it changes its owner. */
export class Flight {
  readonly abort = new AbortController();
  owner: FlightOwner | null = null;
  /** Kept for the next owner when there is none just now. */
  result: Result | null = null;
  /** Resolves when it has ended, and all its processes are gone. */
  ended: Promise<void> = Promise.resolve();

  constructor(
    readonly task: number,
    readonly attempt: number,
  ) {}

  finish(result: Result): void {
    this.result = result;
    this.owner?.flightEnded(this, result);
  }

  get key(): string {
    return flightKey(this.task, this.attempt);
  }
}

export function flightKey(task: number, attempt: number): string {
  return `${String(task)}:${String(attempt)}`;
}

/** The operations under way of one graph. */
export class Flights {
  private readonly flights = new Map<string, Flight>();

  get size(): number {
    return this.flights.size;
  }

  adopt(flight: Flight, owner: FlightOwner): void {
    flight.owner = owner;
    this.flights.set(flight.key, flight);
    if (flight.result !== null) owner.flightEnded(flight, flight.result);
  }

  remove(flight: Flight): void {
    this.flights.delete(flight.key);
  }

  abort(key: string): void {
    this.flights.get(key)?.abort.abort();
  }

  abortAll(): void {
    for (const flight of this.flights.values()) flight.abort.abort();
  }

  async ended(): Promise<void> {
    await Promise.all([...this.flights.values()].map(({ ended }) => ended));
  }

  /** All of them, without an owner: the next one is told what they answer until then. */
  leave(): ReadonlyMap<string, Flight> {
    for (const flight of this.flights.values()) flight.owner = null;
    return new Map(this.flights);
  }
}
