import { createTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { isLongRun, Random, seedOfRun } from '../support/random.js';
import { lookRound } from '../support/world-deployment-lists.js';
import { WorldModel, type ModelUser, type Session } from '../support/world-model.js';
import { OPERATIONS } from '../support/world-operations.js';
import { NAMES, WORLD_PASSWORD, type Operation } from '../support/world-scene.js';

/* Random operations by random users over several tenants; a second model in memory predicts every answer. */

const OPERATION_COUNT = isLongRun ? 20_000 : 2_600;
const SEED = seedOfRun();

interface Person extends Session {
  client: Client;
}

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test?.close());

class Run {
  readonly model = new WorldModel();
  readonly statuses = new Map<number, number>();
  private readonly random = new Random(SEED);
  private readonly people = new Map<ModelUser, Person>();
  private readonly history: string[] = [];

  /** Something to begin with: two tenants, and a user for each name. */
  async begin(): Promise<void> {
    const { admin } = test;
    const mine = (await admin.get('/tokens')).body.items as { id: string }[];
    for (const { id } of mine) this.model.tokens.set(id, this.model.admin);
    this.people.set(this.model.admin, {
      user: this.model.admin,
      tokenId: mine[0]?.id ?? '',
      client: admin,
    });
    for (const name of NAMES.tenants.slice(0, 3)) {
      await admin.post(`/tenants/${name}`);
      this.model.addTenant(name);
    }
    for (const name of NAMES.users) {
      await admin.put('/users', { username: name, password: WORLD_PASSWORD });
      const user = { name, role: 'default', active: true, isBootstrapAdmin: false };
      this.model.users.set(name, user);
      await this.signIn(user);
    }
  }

  /** One operation; everything it should do is known before it is sent. */
  async step(): Promise<void> {
    const person = await this.somebody();
    const operation = this.random.weighted(OPERATIONS)({ random: this.random, model: this.model, session: person });
    this.history.push(`${person.user.name}: ${operation.text}`);
    const answer = await operation.send(person.client);
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    const isSuccess = answer.status < 300;
    const actual = { status: answer.status, seen: isSuccess && operation.read ? operation.read(answer) : undefined };
    const expected = { status: operation.status, seen: operation.status < 300 ? operation.seen : undefined };
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      this.fail(operation, { expected, actual, text: answer.text });
    if (isSuccess) operation.learn?.(answer);
  }

  /** Everybody looks once more, in every tenant. Answers where they see something else than they should. */
  async sweep(): Promise<object[]> {
    const differences: object[] = [];
    for (const person of this.people.values()) {
      for (const tenant of this.model.tenants.keys()) {
        const answer = await person.client.get('/secrets', { tenant });
        const shut = this.model.door(person, tenant, 'secret_list', true);
        const listed = this.model.listed(this.model.allSecrets(), person.user, tenant, {
          wide: false,
          permission: 'secret_list',
        });
        const expected = shut ?? listed.map((secret) => `${secret.tenant}/${secret.key}`).toSorted();
        const items = answer.body.items as { tenant_name: string; key: string }[] | undefined;
        const actual = items?.map((item) => `${item.tenant_name}/${item.key}`).toSorted() ?? answer.status;
        if (JSON.stringify(actual) !== JSON.stringify(expected))
          differences.push({ user: person.user.name, tenant, expected, actual });
        differences.push(...(await lookRound({ model: this.model, session: person }, person.client, tenant)));
      }
    }
    return differences;
  }

  private async somebody(): Promise<Person> {
    if (this.random.chance(0.25)) return this.personOf(this.model.admin);
    if (this.random.chance(0.05)) return this.random.pick([...this.people.values()]); // perhaps long gone
    const user = this.model.users.get(this.random.pick(NAMES.users));
    const known = user && this.people.get(user);
    if (known && this.model.isAlive(known)) return known;
    // Their token is gone. As soon as they may, they sign in anew.
    if (user?.active && this.model.holds(user, null, 'create_token')) return this.signIn(user);
    return this.personOf(this.model.admin);
  }

  private personOf(user: ModelUser): Person {
    const person = this.people.get(user);
    if (!person) throw new Error(`Nobody knows ${user.name}.`);
    return person;
  }

  private async signIn(user: ModelUser): Promise<Person> {
    const basic = test.stranger.as({ basic: { username: user.name.toUpperCase(), password: WORLD_PASSWORD } });
    const { status, body, text } = await basic.post('/tokens', {});
    if (status !== 200) throw new Error(`${user.name} cannot sign in (seed ${SEED}): ${status} ${text}`);
    const person = { user, tokenId: body.id as string, client: test.stranger.as({ token: body.value as string }) };
    this.model.tokens.set(person.tokenId, user);
    this.people.set(user, person);
    return person;
  }

  private fail(operation: Operation, difference: object): never {
    throw new Error(
      [
        `Operation ${this.history.length} of seed ${SEED} differs from the model: ${operation.text}`,
        JSON.stringify(difference, null, 2),
        'Before it:',
        ...this.history.slice(-25),
      ].join('\n'),
    );
  }
}

it(
  `answers ${OPERATION_COUNT} random operations as the model predicts (seed ${SEED}; HOLDFAST_TEST_SEED repeats one)`,
  async () => {
    const run = new Run();
    await run.begin();
    for (let done = 0; done < OPERATION_COUNT; done += 1) await run.step();
    expect(await run.sweep()).toEqual([]);
    // A run in which everything was refused, or nothing was, would show little.
    const tooFew = [200, 204, 400, 403, 404, 409].filter(
      (status) => (run.statuses.get(status) ?? 0) < OPERATION_COUNT / 200,
    );
    expect({ tooFew, statuses: Object.fromEntries(run.statuses) }).toMatchObject({ tooFew: [] });
  },
  isLongRun ? 1_800_000 : 120_000,
);
