import { describe, expect, it } from '@jest/globals';
import { readResourcePath } from './resource-path.js';

describe('readResourcePath', () => {
  it('reads files and folders', () => {
    const common = { area: 'blueprints', tenantName: 't', blueprintId: 'b' };
    expect(readResourcePath('/resources/blueprints/t/b/x/y.sh?archive=true')).toEqual({
      ...common,
      path: 'x/y.sh',
      isFolder: false,
    });
    expect(readResourcePath('/resources/blueprints/t/b/')).toEqual({ ...common, path: '', isFolder: true });
    expect(readResourcePath('/resources/blueprints/t/b/x/')).toEqual({ ...common, path: 'x', isFolder: true });
    expect(readResourcePath('/resources/blueprints/t/b/gr%C3%B6%C3%9Fe%20%25.md')).toMatchObject({
      path: 'größe %.md',
    });
    expect(readResourcePath('/resources/uploaded-blueprints/t/b/b.zip')).toMatchObject({ area: 'uploaded-blueprints' });
  });

  it.each([
    '/resources/blueprints/t/b',
    '/resources/blueprints/t/',
    '/resources/blueprints/',
    '/resources/blueprints',
    '/resources/plugins/t/b/x',
    '/resources/blueprints/t/b//x',
    '/resources/blueprints/t/b/x//',
    '/resources/blueprints/t/b/../c/x',
    '/resources/blueprints/t/b/..',
    '/resources/blueprints/t/b/../',
    '/resources/blueprints/t/b/./x',
    '/resources/blueprints/t/b/%2e%2e/x',
    '/resources/blueprints/t/b/%2E%2e%2Fx',
    '/resources/blueprints/t/b/x%2fy',
    '/resources/blueprints/t/b/x%5Cy',
    '/resources/blueprints/t/b/x%00y',
    '/resources/blueprints/t/b/x\\y',
    '/resources/blueprints/t/b/%ff',
    '/resources/blueprints/t/b/%',
    '/resources/blueprints/../t/b/x',
    '/resources/blueprints/t/%2e%2e/x',
  ])('finds nothing in %s', (url) => {
    expect(readResourcePath(url)).toBeNull();
  });
});
