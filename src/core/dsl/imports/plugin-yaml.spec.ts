import type { DslVersion } from '../versions.js';
import { dslVersion } from '../versions.js';
import { choosePluginYaml } from './plugin-yaml.js';

function version(minor: number): DslVersion {
  return dslVersion(`cloudify_dsl_1_${String(minor)}`) as DslVersion;
}

describe("which of a plugin's YAML files is read", () => {
  it('is the one that is named for the version [§5.3]', () => {
    expect(choosePluginYaml(['plugin.yaml', 'plugin_1_5.yaml', 'plugin_1_4.yaml'], version(4))).toBe('plugin_1_4.yaml');
  });

  it('else the one for the highest version that is not above, by number [§5.3]', () => {
    const names = [
      'plugin.yaml',
      'v1_5.yaml',
      'plugin_1_3.yaml',
      'plugin_1_2.yaml',
      'plugin_0_10.yaml',
      'plugin_2_0.yaml',
    ];
    expect(choosePluginYaml(names, version(4))).toBe('plugin_1_3.yaml');
    expect(choosePluginYaml(names, version(1))).toBe('plugin_0_10.yaml');
    expect(choosePluginYaml(['p_1_10.yaml', 'p_1_2.yaml'], version(5))).toBe('p_1_2.yaml');
  });

  it('else the first that is named for none [§5.3]', () => {
    expect(choosePluginYaml(['plugin_1_5.yaml', 'b.yaml', 'a.yaml'], version(4))).toBe('b.yaml');
  });

  it('is none where all are for newer versions, or none is YAML [§5.3]', () => {
    expect(choosePluginYaml(['plugin_1_5.yaml'], version(4))).toBeNull();
    expect(choosePluginYaml(['README.md', 'plugin.wgn'], version(4))).toBeNull();
  });

  it('does not take a part of a number for a version [§5.3]', () => {
    expect(choosePluginYaml(['plugin_11_4.yaml', 'plugin.yaml'], version(4))).toBe('plugin.yaml');
  });
});
