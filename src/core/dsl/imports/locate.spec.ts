import { NEWEST_VERSION, dslVersion } from '../versions.js';
import { candidatesFor, locationName, pathWithin } from './locate.js';
import type { Location } from './resolver.js';

const RULES = { rules: [{ prefix: 'http://old/', replacement: 'http://new/' }], fallback: true };

function placesOf(resource: string, importer: Location): readonly string[] {
  return candidatesFor(resource, importer, dslVersion('cloudify_dsl_1_3') ?? NEWEST_VERSION, RULES).map((candidate) =>
    'refused' in candidate
      ? `refused ${candidate.shown}`
      : `${candidate.location.kind} ${locationName(candidate.location)}`,
  );
}

function file(path: string, blueprint: string | null = null): Location {
  return { kind: 'archive', blueprint, path };
}

describe('where an import may lie', () => {
  it('is beside the importing file, then in the resources: with the version in the name, then without [§5.1]', () => {
    expect(placesOf('types/t.yaml', file('sub/main.yaml'))).toEqual([
      'archive sub/types/t.yaml',
      'resource types/t_1_3.yaml',
      'resource types/t.yaml',
    ]);
  });

  it("stays in the blueprint whose file imports, also one of the catalogue's [§5.5]", () => {
    expect(placesOf('t.yaml', file('sub/main.yaml', 'lib'))[0]).toBe('archive blueprint:lib/sub/t.yaml');
  });

  it('is beside a resource for what a resource imports [§5.1]', () => {
    const places = placesOf('more.yaml', { kind: 'resource', path: 'cloudify/types/types.yaml' });
    expect(places[0]).toBe('resource cloudify/types/more.yaml');
  });

  it("is beside a URL for what a URL's file imports, by the rules again [§5.1] [§5.2]", () => {
    const places = placesOf('more.yaml', { kind: 'url', url: 'http://old/a/types.yaml' });
    expect(places.slice(0, 2)).toEqual(['url http://new/a/more.yaml', 'url http://old/a/more.yaml']);
  });

  it.each(['http://h/x.yaml', 'https://h/x.yaml', 'ftp://h/x.yaml', 'file:///x.yaml', 'HTTP://h/x.yaml'])(
    'is only the URL for %s [§5]',
    (url) => {
      expect(placesOf(url, file('main.yaml'))).toEqual([`url ${url}`]);
    },
  );

  it('never leaves the folder: paths that climb out are refused, in the archive and in the resources [§5.1]', () => {
    expect(placesOf('../../etc/passwd', file('sub/main.yaml'))).toEqual([
      'refused ../../etc/passwd',
      'refused ../../etc/passwd',
    ]);
    expect(placesOf('../shared.yaml', file('sub/main.yaml'))[0]).toBe('archive shared.yaml');
    expect(placesOf('/etc/passwd', file('sub/main.yaml'))[0]).toBe('archive sub/etc/passwd');
    expect(placesOf('a/../../../x', { kind: 'resource', path: 'cloudify/t.yaml' })[0]).toMatch(/^refused/);
  });

  it.each([
    ['a/./b//c', 'a/b/c'],
    ['a/../b', 'b'],
    ['..', null],
    ['a/..', null],
    ['', null],
    ['a\0b', null],
    ['a/../../a', null],
  ])('takes the path %p for %p', (path, normal) => {
    expect(pathWithin(path)).toBe(normal);
  });

  it('knows a URL again, however long the way to it [§5.1]', () => {
    const places = placesOf('b/../types.yaml', { kind: 'url', url: 'http://h/a/types.yaml' });
    expect(places[0]).toBe('url http://h/a/types.yaml');
  });

  it('puts the version before the last ending only [§5.1]', () => {
    expect(placesOf('a.b/plain', file('m.yaml'))[1]).toBe('resource a.b/plain_1_3');
    expect(placesOf('t.v2.yaml', file('m.yaml'))[1]).toBe('resource t.v2_1_3.yaml');
  });

  it('never shows the password in a URL', () => {
    expect(locationName({ kind: 'url', url: 'https://bob:hunter2@h/x@y.yaml' })).toBe('https://***@h/x@y.yaml');
  });
});
