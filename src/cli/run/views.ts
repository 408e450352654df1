import type { Progress, ShownEvent } from './progress.js';
import { drawProgress } from './progress-tree.js';

/** Where a run is shown. */
export interface RunView {
  /** Something that happened; in order. */
  event(event: ShownEvent): void;
  /** How it stands now. */
  progress(progress: Progress): void;
  /** A word from the command itself. */
  note(text: string): void;
  /** Nothing more comes. */
  end(): void;
}

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>;

/** A line for everything that happens: for pipes, logs and continuous integration. */
export class PlainView implements RunView {
  constructor(private readonly out: Pick<NodeJS.WriteStream, 'write'>) {}

  event(event: ShownEvent): void {
    if (!isQuiet(event)) this.out.write(`${eventLine(event)}\n`);
  }

  progress(): void {
    // Each step has its line already.
  }

  note(text: string): void {
    this.out.write(`${visible(text)}\n`);
  }

  end(): void {
    // Nothing is left open.
  }
}

/** One JSON object a line: for programs. */
export class JsonView implements RunView {
  private last = '';

  constructor(private readonly out: Pick<NodeJS.WriteStream, 'write'>) {}

  event(event: ShownEvent): void {
    this.out.write(`${JSON.stringify({ event })}\n`);
  }

  progress(progress: Progress): void {
    const text = JSON.stringify({ progress });
    if (text !== this.last) this.out.write(`${text}\n`);
    this.last = text;
  }

  note(text: string): void {
    this.out.write(`${JSON.stringify({ note: text })}\n`);
  }

  end(): void {
    // Nothing is left open.
  }
}

/** A picture at the foot of the terminal that is drawn anew; what happens scrolls by above it. */
export class LiveView implements RunView {
  private drawn = 0;
  private latest: Progress | null = null;

  constructor(private readonly terminal: Terminal) {}

  event(event: ShownEvent): void {
    // Task events are in the picture; log lines and failures are what people read.
    if ((event.isLog && !isQuiet(event)) || event.kind.endsWith('failed') || event.kind.startsWith('workflow')) {
      this.above(eventLine(event));
    }
  }

  progress(progress: Progress): void {
    this.latest = progress;
    this.clear();
    this.draw();
  }

  note(text: string): void {
    this.above(visible(text));
  }

  end(): void {
    this.latest = null;
    this.drawn = 0;
  }

  private above(line: string): void {
    this.clear();
    this.terminal.write(`${line}\n`);
    this.draw();
  }

  private clear(): void {
    if (this.drawn > 0) this.terminal.write(`\u001b[${this.drawn}F\u001b[J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (this.latest === null) return;
    const lines = drawProgress(this.latest, { columns: this.terminal.columns, rows: this.terminal.rows });
    this.terminal.write(lines.map((line) => `${visible(line)}\n`).join(''));
    this.drawn = lines.length;
  }
}

/** What only somebody who looks for a fault wants to read; `--format json` has it all. */
function isQuiet({ isLog, kind, message }: ShownEvent): boolean {
  return isLog ? kind === 'debug' : kind === 'sending_task' || message.startsWith('Subgraph ');
}

function eventLine({ time, instance, operation, kind, isLog, message }: ShownEvent): string {
  const clock = time.slice(11, 23);
  const who = instance === null ? '' : ` [${instance}${operation === null ? '' : `.${lastPart(operation)}`}]`;
  return visible(`${clock}${who} ${isLog ? `${kind.toUpperCase()}: ` : ''}${message}`);
}

function lastPart(operation: string): string {
  return operation.slice(operation.lastIndexOf('.') + 1);
}

/** What a script printed must not steer the terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' || character === '\t' ? ' ' : '·',
  );
}
