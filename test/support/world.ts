import { randomBytes } from 'node:crypto';
import type { Answer, Client } from './client.js';

export const MEMBER_PASSWORD = 'correct Horse 7 battery';

/** A user of a test: signed in by token, with the tenant's header. */
export interface Member {
  readonly username: string;
  readonly client: Client;
}

/** Makes what a test needs through the API itself, with names that nobody else has. */
export class World {
  private count = 0;

  constructor(
    private readonly admin: Client,
    private readonly stranger: Client,
  ) {}

  name(prefix: string): string {
    this.count += 1;
    return `${prefix}_${this.count}_${randomBytes(3).toString('hex')}`;
  }

  async tenant(name = this.name('tenant')): Promise<TestTenant> {
    expectStatus(await this.admin.post(`/tenants/${name}`, {}), 201);
    return new TestTenant(name, this.admin, this);
  }

  /** A user without tenants. */
  async user(role = 'default', username = this.name('user')): Promise<Member> {
    expectStatus(await this.admin.put('/users', { username, password: MEMBER_PASSWORD, role }), 201);
    const basic = this.stranger.as({ basic: { username, password: MEMBER_PASSWORD } });
    const answer = expectStatus(await basic.post('/tokens', {}), 200);
    return { username, client: this.stranger.as({ token: answer.body.value }) };
  }

  async group(role = 'default', name = this.name('group')): Promise<string> {
    expectStatus(await this.admin.post('/user-groups', { group_name: name, role }), 201);
    return name;
  }
}

export class TestTenant {
  constructor(
    readonly name: string,
    private readonly admin: Client,
    private readonly world: World,
  ) {}

  /** A new user with this role here. */
  async member(role = 'user'): Promise<Member> {
    const user = await this.world.user();
    await this.add(user, role);
    return { ...user, client: user.client.as({ tenant: this.name }) };
  }

  async add(user: Pick<Member, 'username'>, role = 'user'): Promise<void> {
    expectStatus(
      await this.admin.put('/tenants/users', { tenant_name: this.name, username: user.username, role }),
      200,
    );
  }

  /** The bootstrap administrator, here. */
  get asAdmin(): Client {
    return this.admin.as({ tenant: this.name });
  }
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`Expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer;
}
