import { jest } from '@jest/globals';
import type { Credentials } from '../../platform/access/authenticator.js';
import type { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import { AuthenticatorService } from './authenticator.service.js';
import type { LoginService } from './login.service.js';
import type { LockPolicies } from './lock-policy.js';
import type { SignInRepository } from './sign-in.repository.js';
import type { TokenKey } from './token-key.js';
import type { TokenRows } from './token-rows.js';
import type { BasicStrategy, ExecutionTokenStrategy, TokenStrategy } from './strategies.js';

let now: number;
let version: number;
const state = jest.fn(() =>
  Promise.resolve({
    access_version: String(version),
    settings_version: '1',
    maintenance_status: 'deactivated' as const,
  }),
);
const byToken = jest.fn(() => state());
let authenticator: AuthenticatorService;

beforeEach(() => {
  now = 0;
  version = 1;
  state.mockClear();
  byToken.mockClear();
  authenticator = new AuthenticatorService(
    { state } as unknown as SignInRepository,
    { find: byToken } as unknown as TokenRows,
    {} as LoginService,
    {} as ExecutionTokenStrategy,
    {} as BasicStrategy,
    {} as TokenStrategy,
    {} as LockPolicies,
    { refresh: () => Promise.resolve() } as unknown as RuntimeSettings,
    { now: () => new Date(now) },
    {} as TokenKey,
  );
});

const stranger = (authenticationToken?: string): Credentials => ({
  authorization: undefined,
  authenticationToken,
  executionToken: undefined,
  requestId: 'r',
  sourceAddress: '192.0.2.1',
});
const seen = async (): Promise<string> => (await authenticator.look(stranger())).state.accessVersion;

describe('the state by which strangers are judged', () => {
  it('is read once a second, whatever noise they send', async () => {
    for (const token of [undefined, 'x', 'ctok-x-y', `ctok-${'a'.repeat(10)}-${'b'.repeat(49)}`])
      await authenticator.look(stranger(token));
    expect([state.mock.calls.length, byToken.mock.calls.length]).toEqual([1, 0]);
  });

  it('is not kept alive by strangers who keep coming', async () => {
    expect(await seen()).toBe('1');
    version = 2;
    const versions: string[] = [];
    for (let request = 1; request <= 6; request += 1) {
      now += 300;
      versions.push(await seen());
    }
    expect(versions).toEqual(['1', '1', '1', '2', '2', '2']);
  });
});
