import { parseDatabaseUrl } from './database-connection.js';

describe('DATABASE_URL', () => {
  it.each([
    ['postgres://u@h/d', { host: 'h', port: 5432, user: 'u', database: 'd' }],
    [
      'postgresql://u:p%40ss%2F@db.example:6543/name',
      { host: 'db.example', port: 6543, user: 'u', password: 'p@ss/', database: 'name' },
    ],
    ['postgres://u@[::1]:5433/d', { host: '::1', port: 5433, user: 'u', database: 'd' }],
    ['postgres://u@/d?host=/run/pg&port=7000', { host: '/run/pg', port: 7000, user: 'u', database: 'd' }],
    ['postgres://u@h/d?sslmode=disable', { host: 'h', port: 5432, user: 'u', database: 'd', ssl: false }],
    [
      'postgres://u@h/d?sslmode=require',
      { host: 'h', port: 5432, user: 'u', database: 'd', ssl: { rejectUnauthorized: true } },
    ],
  ])('%s is understood', (url, connection) => {
    expect(parseDatabaseUrl(url)).toEqual(connection);
  });

  it('verifies the server’s certificate, but not its name, for verify-ca', () => {
    const { ssl } = parseDatabaseUrl('postgres://u@h/d?sslmode=verify-ca');
    expect(ssl).toMatchObject({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) });
  });

  it.each([
    ['hunter2', /not a URL/],
    ['mysql://u:hunter2@h/d', /must begin with postgres/],
    ['postgres://u:hunter2@/d', /names no host/],
    ['postgres://:hunter2@h/d', /names no user/],
    ['postgres://u:hunter2@h', /names no database/],
    ['postgres://u:hunter2%@h/d', /begins no escape/],
    ['postgres://u:hunter2@h:99999/d', /not a URL/],
    ['postgres://u:hunter2@h/d?port=x', /port that is not a number/],
    ['postgres://u:hunter2@h/d?sslmode=prefer', /sslmode must be one of/],
  ])('%s is refused without repeating it', (url, message) => {
    const attempt = (): unknown => parseDatabaseUrl(url, 'DATABASE_APP_URL');
    expect(attempt).toThrow(message);
    expect(attempt).toThrow('DATABASE_APP_URL');
    expect(attempt).not.toThrow(/hunter2/);
  });
});
