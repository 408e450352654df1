import { relativePath, toNewestVersion } from './api-path.js';

describe('older versions', () => {
  it.each([
    ['/api/v3/secrets/key?x=1', '/api/v3.1/secrets/key?x=1'],
    ['/api/v3/users', '/api/v3.1/users'],
    ['/api/v2.1/maintenance/activate', '/api/v3.1/maintenance/activate'],
    ['/api/v2/blueprints', '/api/v3.1/blueprints'],
    ['/api/v2/version?', '/api/v3.1/version?'],
  ])('%s is %s', (url, expected) => {
    expect(toNewestVersion(url)).toBe(expected);
  });

  it.each([
    '/api/v3.1/secrets',
    '/api/v3/tokens',
    '/api/v3/audit',
    '/api/v2.1/users',
    '/api/v2/maintenance',
    '/api/v1/blueprints',
    '/api/v30/users',
    '/api/v3.10/users',
    '/api/v2x1/users',
    '/api/v3/',
    '/api/v3',
    '/api/v3//users',
    '/api/v3/%75sers',
    '/api/v3/Users',
    '/api/v3/constructor',
    '/api/v3/__proto__',
    '/api/v3/hasOwnProperty/x',
    '/x/api/v3/users',
    '/resources/api/v3/users',
    '/api/version',
    '',
  ])('%j is left as it is', (url) => {
    expect(toNewestVersion(url)).toBe(url);
  });
});

describe('the path that maintenance mode judges', () => {
  it.each([
    ['/api/v3.1/secrets/key', 'secrets/key'],
    ['/api/v3.1/secrets/:key?x=/resources/', 'secrets/:key'],
    ['/api/version', 'version'],
    ['/resources/*', 'file-server-auth'],
    ['/resources/blueprints/x/y', 'file-server-auth'],
    ['/api/v3.1/', ''],
    ['/', ''],
    ['', ''],
    ['/ok', 'ok'],
  ])('of %j is %j', (url, expected) => {
    expect(relativePath(url)).toBe(expected);
  });
});
