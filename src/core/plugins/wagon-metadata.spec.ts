import { PluginFault } from './plugin-fault.js';
import { readWagonMetadata } from './wagon-metadata.js';

const USUAL = {
  archive_name: 'p-1.0-py311-none-any.wgn',
  build_server_os_properties: { distribution: 'centos', distribution_release: 'core', distribution_version: '7.9' },
  package_name: 'my-plugin',
  package_source: 'my-plugin==1.0',
  package_version: '1.0',
  supported_platform: 'any',
  supported_python_versions: ['py311'],
  wheels: ['a.whl'],
  excluded_wheels: [],
};

const read = (changes: object = {}): ReturnType<typeof readWagonMetadata> =>
  readWagonMetadata(JSON.stringify({ ...USUAL, ...changes }), 'package.json');

describe('the metadata of a wagon', () => {
  it('is read as the tool writes it', () => {
    expect(read()).toEqual({
      packageName: 'my-plugin',
      packageVersion: '1.0',
      archiveName: 'p-1.0-py311-none-any.wgn',
      packageSource: 'my-plugin==1.0',
      distribution: 'centos',
      distributionRelease: 'core',
      distributionVersion: '7.9',
      supportedPlatform: 'any',
      supportedPyVersions: ['py311'],
      wheels: ['a.whl'],
      excludedWheels: [],
    });
  });

  it('may say no more than name and version', () => {
    const text = JSON.stringify({ package_name: 'p', package_version: '1!2.0rc1.post2+local.1' });
    expect(readWagonMetadata(text, 'f')).toMatchObject({
      archiveName: 'p-1!2.0rc1.post2+local.1.wgn',
      distribution: null,
      wheels: [],
      supportedPlatform: null,
    });
  });

  it('takes nothing that JavaScript alone would find', () => {
    expect(() => readWagonMetadata('{"__proto__": {"package_name": "p", "package_version": "1"}}', 'f')).toThrow(
      'no `package_name`',
    );
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /^package\.json is not valid JSON$/],
    ['a list', '[]', /not a JSON object/],
    ['nested deep', `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`, /nested more than 16 levels/],
    ['nested without end', '['.repeat(60_000), /not valid JSON/],
    ['huge', `{"a": "${'x'.repeat(128 * 1024)}"}`, /larger than 131072 bytes/],
  ])('is refused when it is %s', (_what, text, reason) => {
    expect(() => readWagonMetadata(text, 'package.json')).toThrow(PluginFault);
    expect(() => readWagonMetadata(text, 'package.json')).toThrow(reason);
  });

  it.each<[string, object, RegExp]>([
    ['has a NUL', { wheels: ['\0'] }, /cannot be stored/],
    ['has no name', { package_name: null }, /no `package_name`/],
    ['has an empty version', { package_version: '' }, /no `package_version`/],
    ['is named like a path', { package_name: '../../etc' }, /`package_name` holds/],
    ['is named like a query', { package_name: 'p?version=1' }, /`package_name` holds/],
    ['is named by a number', { package_name: 7 }, /`package_name` must be a text/],
    ['has more than a version', { package_version: '1&distribution=x' }, /`package_version` holds/],
    ['is archived under a path', { archive_name: 'a/../../b.wgn' }, /`archive_name` holds/],
    ['is archived under a header', { archive_name: 'a"\r\nx: y' }, /`archive_name` holds/],
    ['has a very long name', { package_name: 'p'.repeat(257) }, /longer than 256 characters/],
    ['comes from a text', { build_server_os_properties: 'x' }, /must be an object/],
    ['comes from a number', { build_server_os_properties: { distribution: 7 } }, /`distribution` must be a text/],
  ])('is refused when it %s', (_what, changes, reason) => {
    expect(() => read(changes)).toThrow(reason);
  });
});
