import { goodBlueprint } from './archive-builder.js';
import type { ManagerProcess, WireAnswer } from './manager-process.js';
import type { Random } from './random.js';

/*
 * Writers that know what they were promised. A thing is as the last acknowledged write left it, or as the one write left
 * it that was under way when the manager died: any third state is torn or lost.
 */

/** What a thing is: a text, or null when it is not there. */
type State = string | null;

interface Thing {
  acknowledged: State;
  /** The state that an unanswered write leads to; undefined when none is under way. */
  pending?: State;
}

type Kind = 'secret' | 'user' | 'blueprint';

/** One thing, asked for or changed; how depends on its kind. */
interface Behaviour {
  write(ask: Ask, name: string, next: State, before: State): Promise<WireAnswer>;
  /** The state, or a text that no writer leads to where the thing is torn. */
  read(ask: Ask, name: string): Promise<State>;
  /** The states that a writer may go to from here. */
  next(random: Random, before: State): State;
}

type Ask = (method: string, target: string, body?: unknown) => Promise<WireAnswer>;

const PASSWORD = 'written under Load 55';

const archive = goodBlueprint('tar');
const UNFINISHED = /^(pending|uploading|extracting|parsing|validating)$/;
const SETTLE_MS = 60_000;

const BEHAVIOURS: Readonly<Record<Kind, Behaviour>> = {
  secret: {
    write: (ask, name, next, before) => {
      if (next === null) return ask('DELETE', `/secrets/${name}`);
      if (before === null) return ask('PUT', `/secrets/${name}`, { value: next });
      return ask('PATCH', `/secrets/${name}`, { value: next });
    },
    read: async (ask, name) => {
      const { status, body } = await ask('GET', `/secrets/${name}`);
      if (status === 404) return null;
      return status === 200 ? (body.value as string) : 'torn';
    },
    next: (random, before) =>
      before !== null && random.chance(0.25) ? null : `value ${random.below(1e9)}`.padEnd(200, '.'),
  },
  user: {
    write: (ask, name, next) =>
      next === null ? ask('DELETE', `/users/${name}`) : ask('PUT', '/users', { username: name, password: PASSWORD }),
    read: async (ask, name) => {
      const { status } = await ask('GET', `/users/${name}`);
      return status === 404 ? null : status === 200 ? 'there' : 'torn';
    },
    next: (_random, before) => (before === null ? 'there' : null),
  },
  blueprint: {
    write: (ask, name, next) =>
      next === null
        ? ask('DELETE', `/blueprints/${name}`)
        : ask('PUT', `/blueprints/${name}?async_upload=false`, archive),
    read: async (ask, name) => {
      const { status, body } = await ask('GET', `/blueprints/${name}`);
      if (status === 404) return null;
      if (status !== 200) return 'torn';
      if (body.state !== 'uploaded') return String(body.state);
      const download = await ask('GET', `/blueprints/${name}/archive`);
      return download.status === 200 && download.text.length > 0 ? 'uploaded' : 'torn';
    },
    next: (_random, before) => (before === null ? 'uploaded' : null),
  },
};

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

const FAILED_UPLOAD = /^failed_|^invalid$/;

export class WriteLoad {
  readonly things = new Map<string, Thing>();
  /** How many writes were acknowledged. */
  acknowledged = 0;
  private isOver = false;

  constructor(
    private readonly random: Random,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Writes with several writers until the manager is gone. Each writer has things of its own. */
  async run(manager: ManagerProcess): Promise<void> {
    this.isOver = false;
    const writers: readonly (readonly [Kind, number])[] = [
      ['secret', 0],
      ['secret', 1],
      ['secret', 2],
      ['user', 3],
      ['blueprint', 4],
    ];
    await Promise.all(writers.map(([kind, writer]) => this.writer(manager, kind, writer)));
  }

  /** No new writes; those under way meet a dead manager. */
  end(): void {
    this.isOver = true;
  }

  private async writer(manager: ManagerProcess, kind: Kind, writer: number): Promise<void> {
    while (!this.isOver) {
      const name = `${kind}_${writer}_${this.random.below(kind === 'secret' ? 15 : 5)}`;
      const thing = this.things.get(name) ?? { acknowledged: null };
      this.things.set(name, thing);
      if (thing.pending !== undefined) {
        await pause(); // an upload that a kill interrupted, and that nobody has settled yet
        continue;
      }
      const next = BEHAVIOURS[kind].next(this.random, thing.acknowledged);
      thing.pending = next;
      let answer: WireAnswer;
      try {
        answer = await BEHAVIOURS[kind].write(this.asker(manager), name, next, thing.acknowledged);
      } catch {
        return; // killed: what became of it is seen after the next start
      }
      if (answer.status >= 300) throw new Error(`${name} to ${String(next)}: ${answer.status} ${answer.text}`);
      thing.acknowledged = next;
      delete thing.pending;
      this.acknowledged += 1;
    }
  }

  /**
   * Compares everything with what was promised; answers what is wrong, and goes on from what is there. What a kill left
   * half done is taken up again when the lease of the dead process is over; with `settle` that is waited for.
   */
  async check(manager: ManagerProcess, { settle }: { readonly settle: boolean }): Promise<string[]> {
    const ask = this.asker(manager);
    const wrong: string[] = [];
    for (const [name, thing] of this.things) {
      const kind = name.split('_', 1)[0] as Kind;
      let found = await BEHAVIOURS[kind].read(ask, name);
      const deadline = Date.now() + (settle ? SETTLE_MS : 0);
      while (UNFINISHED.test(found ?? '') && Date.now() < deadline) {
        await pause();
        found = await BEHAVIOURS[kind].read(ask, name);
      }
      if (!settle && thing.pending !== undefined && UNFINISHED.test(found ?? '')) continue;
      const allowed = thing.pending === undefined ? [thing.acknowledged] : [thing.acknowledged, thing.pending];
      // An upload that nobody was promised may be finished, or marked as failed.
      const isFailedUpload = kind === 'blueprint' && thing.pending !== undefined && FAILED_UPLOAD.test(found ?? '');
      if (!allowed.includes(found) && !isFailedUpload)
        wrong.push(`${name} is ${String(found)}, and should be ${allowed.map(String).join(' or ')}`);
      delete thing.pending;
      thing.acknowledged = found;
    }
    return wrong;
  }

  private asker(manager: ManagerProcess): Ask {
    return (method, target, body) =>
      manager.request(`/api/v3.1${target}`, { method, headers: this.headers, ...(body === undefined ? {} : { body }) });
  }
}
