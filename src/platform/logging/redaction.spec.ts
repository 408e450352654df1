import { redacted } from './redaction.js';

describe('what reaches the log', () => {
  it.each([
    'password',
    'newPassword',
    'PASSPHRASE',
    '_passphrase',
    'authorization',
    'Authentication-Token',
    'token',
    'tokenId',
    'value',
    'secret_value',
    'private_key',
    'privateKey',
    'apiKey',
    'credentials',
    'set-cookie',
  ])('has no %s, at any depth', (name) => {
    expect(redacted({ [name]: 'hunter2' })).toEqual({ [name]: '***' });
    expect(JSON.stringify(redacted({ a: [{ b: { [name]: { deeper: 'hunter2' } } }] }))).not.toContain('hunter2');
  });

  it('keeps what is none, and that there was nothing', () => {
    const fields = { values: 1, key: 'k', valued: 'x', user: 'ada', empty: '', zero: 0, none: null, password: null };
    expect(redacted(fields)).toEqual(fields);
    expect(redacted({ password: undefined })).toEqual({ password: undefined });
  });

  it('spells errors out with their causes, and leaves out what drivers add to them', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'secret_tenant_key_uq',
      query: 'INSERT hunter2',
      parameters: ['hunter2'],
      detail: 'Key (value)=(hunter2)',
    });
    const { error } = redacted({ error: new TypeError('could not store', { cause }) }) as {
      error: Record<string, unknown>;
    };
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'could not store',
      stack: expect.stringContaining('TypeError'),
      cause: { message: 'duplicate key', code: '23505', constraint: 'secret_tenant_key_uq' },
    });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('can be written as JSON: cycles, bytes, large numbers and dates among it', () => {
    const cycle: Record<string, unknown> = { at: new Date(0), bytes: Buffer.from('hunter2'), big: 10n ** 20n };
    cycle['self'] = cycle;
    const endless = new Error('again');
    endless.cause = endless;
    const text = JSON.stringify(redacted({ cycle, endless, list: [cycle] }));
    expect(text).toContain('"at":"1970-01-01T00:00:00.000Z"');
    expect(text).toContain('"bytes":"(7 bytes)"');
    expect(text).toContain('"big":"100000000000000000000"');
    expect(text).not.toContain('hunter2');
  });

  it('does not change what it is given', () => {
    const fields = { password: 'hunter2', list: [{ token: 'x' }] };
    redacted(fields);
    expect(fields).toEqual({ password: 'hunter2', list: [{ token: 'x' }] });
  });
});
