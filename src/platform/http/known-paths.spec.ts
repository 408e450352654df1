import { KnownPaths } from './known-paths.js';

describe('the known paths', () => {
  const paths = new KnownPaths();
  for (const pattern of ['/api/users', '/api/users/:name', '/api/users/:name', '/api/a/:b/c/:d', '/resources/*'])
    paths.add(pattern);

  it.each([
    '/api/users',
    '/api/users?x=/nothing',
    '/api/users/ada',
    `/api/users/${'x'.repeat(4000)}`,
    '/api/users/%2F',
    '/api/a/1/c/2',
    '/resources/',
    '/resources/a/b/',
  ])('have %s', (url) => {
    expect(paths.has(url)).toBe(true);
  });

  it.each([
    '/',
    '',
    '/api',
    '/api/Users',
    '/api/users/',
    '/api/users/ada/',
    '/api/a//c/2',
    '/api/a/1/c/',
    '/api/a/1/c',
    '/resources',
    '//api/users',
    '/api/users/%zz',
    '/api/users/../users',
  ])('have not %j', (url) => {
    expect(paths.has(url)).toBe(false);
  });
});
