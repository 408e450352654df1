import { NO_RESOLVER_SETTINGS, readResolverSettings, ResolverSettingsError } from './resolver-settings.js';

describe('the setting import_resolver', () => {
  it('may be absent, null, or name a class of the original', () => {
    for (const section of [undefined, null, {}, { implementation: 'a.b:C', parameters: {} }, { parameters: null }])
      expect(readResolverSettings(section)).toEqual(NO_RESOLVER_SETTINGS);
  });

  it('holds rules, whether to fall back, and pins of plugins [§5.2] [§5.3]', () => {
    expect(
      readResolverSettings({
        parameters: {
          rules: [{ 'https://a/': 'https://b/' }],
          fallback: false,
          plugin_version_constraints: { p: '>=1' },
          plugin_mappings: { 'plugin:p': '2.0' },
        },
      }),
    ).toEqual({
      rules: [{ prefix: 'https://a/', replacement: 'https://b/' }],
      fallback: false,
      pins: { mappings: new Map([['plugin:p', '2.0']]), constraints: new Map([['p', '>=1']]) },
    });
  });

  it.each([
    ['x'],
    [[]],
    [{ parameters: [] }],
    [{ parameters: { rules: {} } }],
    [{ parameters: { rules: ['a'] } }],
    [{ parameters: { rules: [{}] } }],
    [{ parameters: { rules: [{ a: 'b', c: 'd' }] } }],
    [{ parameters: { rules: [{ a: 1 }] } }],
    [{ parameters: { fallback: 'no' } }],
    [{ parameters: { plugin_mappings: { a: 1 } } }],
    [{ parameters: { plugin_version_constraints: [] } }],
  ])('of another shape is refused: %j', (section) => {
    expect(() => readResolverSettings(section)).toThrow(ResolverSettingsError);
  });
});
