import { codesOf, nodeOf, parse, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = 'tosca_definitions_version: cloudify_dsl_1_5\n';

function using(plugin: string): string {
  return `${HEAD}plugins:
  p: ${plugin}
node_types: {t: {}}
node_templates:
  n: {type: t, interfaces: {i: {op: p.task}}}
`;
}

describe('plugins', () => {
  it('shows what was not written as null, install as true and properties as none [§11] [plan 1]', async () => {
    const plan = await planOf(using('{executor: central_deployment_agent, source: dir}'));
    expect(plain(nodeOf(plan, 'n').plugins)).toEqual([
      {
        name: 'p',
        executor: 'central_deployment_agent',
        source: 'dir',
        install: true,
        install_arguments: null,
        package_name: null,
        package_version: null,
        supported_platform: null,
        distribution: null,
        distribution_version: null,
        distribution_release: null,
        properties_description: null,
        properties: {},
      },
    ]);
  });

  it('keeps everything that may be written [§11] [plan 1]', async () => {
    const plan = await planOf(
      using(`
    executor: central_deployment_agent
    install: false
    install_arguments: -r req.txt
    package_name: pack
    package_version: '1.0'
    supported_platform: linux
    distribution: ubuntu
    distribution_version: '22'
    distribution_release: jammy
    properties_description: text
    properties:
      region: {type: string, description: where, display_label: Region, value: x}
      empty:
`),
    );
    expect(plain(nodeOf(plan, 'n').plugins[0])).toMatchObject({
      install: false,
      install_arguments: '-r req.txt',
      package_name: 'pack',
      package_version: '1.0',
      supported_platform: 'linux',
      distribution: 'ubuntu',
      distribution_version: '22',
      distribution_release: 'jammy',
      properties_description: 'text',
      properties: { region: { type: 'string', description: 'where', display_label: 'Region', value: 'x' }, empty: {} },
    });
  });

  it.each([
    ['no executor', '{source: dir}', 1],
    ['an unknown key', '{executor: host_agent, source: dir, zzz: 1}', 1],
    ['an unquoted version', '{executor: host_agent, package_name: p, package_version: 1.0}', 1],
    ['install that is no boolean', '{executor: host_agent, source: dir, install: 1}', 1],
    ['an unknown key of a property', '{executor: host_agent, source: dir, properties: {a: {zzz: 1}}}', 1],
    ['text instead of a mapping', 'dir', 1],
  ])('refuses %s [§11] [error 1]', async (_name, plugin, code) => {
    expect((await codesOf(using(plugin)))[0]).toBe(code);
  });

  it('refuses executors that do not exist [§11] [error 18]', async () => {
    expect(await codesOf(using('{executor: nobody, source: dir}'))).toEqual([18]);
  });

  it('refuses to install what has neither source nor package name [§11] [error 50] [trap 13]', async () => {
    expect(await codesOf(using('{executor: central_deployment_agent}'))).toEqual([50]);
    expect(await codesOf(using("{executor: central_deployment_agent, source: '', package_name: ''}"))).toEqual([50]);
    expect(await codesOf(using('{executor: central_deployment_agent, install: false}'))).toEqual([]);
    expect(await codesOf(using('{executor: central_deployment_agent, package_name: p}'))).toEqual([]);
  });

  it('refuses a plugin that is null, with a place [§11]', async () => {
    const { errors } = await parse(using(''));
    expect(errors[0]).toMatchObject({ code: null, path: 'plugins.p' });
  });

  it.each([
    ['install_arguments', 'x', '1_0'],
    ['package_name', 'x', '1_1'],
    ['package_version', "'1'", '1_1'],
    ['supported_platform', 'x', '1_1'],
    ['distribution', 'x', '1_1'],
    ['distribution_version', 'x', '1_1'],
    ['distribution_release', 'x', '1_1'],
    ['properties_description', 'x', '1_4'],
    ['properties', '{a: {type: string}}', '1_4'],
  ])('knows since when there is %s [§4] [§11] [error 102]', async (key, value, below) => {
    const text = `tosca_definitions_version: cloudify_dsl_${below}
plugins:
  p: {executor: central_deployment_agent, source: dir, ${key}: ${value}}
`;
    expect(await codesOf(text)).toEqual([102]);
    expect(await codesOf(text, { validateVersions: false })).toEqual([]);
    const minor = String(Number(below.slice(2)) + 1);
    expect(await codesOf(text.replace(`dsl_${below}`, `dsl_1_${minor}`))).toEqual([]);
    expect(await codesOf(text.replace(`${key}: ${value}`, `${key}: null`))).toEqual([]);
  });
});
