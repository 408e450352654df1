import { codesOf, plain, planOf } from '../../../../test/support/dsl.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
plugins:
  p: {executor: central_deployment_agent, source: dir}
  script: {executor: host_agent, install: false}
`;

async function workflow(text: string): Promise<unknown> {
  const plan = await planOf(`${HEAD}workflows:\n  w: ${text}\n`, { files: { 'run.py': '' } });
  return plain(plan.workflows.get('w'));
}

describe('workflows', () => {
  it('are texts, or mappings with parameters and rules [§12] [plan 1.4]', async () => {
    expect(await workflow('p.module.run')).toEqual({
      plugin: 'p',
      operation: 'module.run',
      parameters: {},
      is_cascading: false,
      availability_rules: null,
    });
    expect(
      await workflow(
        '{mapping: p.run, is_cascading: true, parameters: {a: {default: null}, b: {type: integer, required: false}, c: }, availability_rules: {available: false, node_instances_active: [all, none], node_types_required: [t]}}',
      ),
    ).toEqual({
      plugin: 'p',
      operation: 'run',
      parameters: { a: { default: null }, b: { type: 'integer', required: false }, c: {} },
      is_cascading: true,
      availability_rules: { available: false, node_instances_active: ['all', 'none'], node_types_required: ['t'] },
    });
  });

  it('that are scripts take the script along as a parameter [§9.5] [§12]', async () => {
    expect(await workflow('run.py')).toMatchObject({
      plugin: 'script',
      operation: 'script_runner.tasks.execute_workflow',
      parameters: {
        script_path: { default: 'run.py', description: 'Workflow script executed by the script plugin' },
      },
    });
    expect(await workflow('{mapping: "a\\nb", parameters: {x: {default: 1}}}')).toMatchObject({
      parameters: { x: { default: 1 }, script_source: { default: 'a\nb' } },
    });
  });

  it('list the plugins that they use, once and in order of first use [plan 1]', async () => {
    const plan = await planOf(
      `${HEAD}workflows: {a: run.py, b: p.b, c: p.c}
`,
      { files: { 'run.py': '' } },
    );
    expect(plan.workflow_plugins_to_install.map(({ name, executor }) => [name, executor])).toEqual([
      ['script', 'host_agent'],
      ['p', 'central_deployment_agent'],
    ]);
  });

  it.each([
    ['no mapping', '{}', 1],
    ['an unknown key', '{mapping: p.run, zzz: 1}', 1],
    ['a list', '[p.run]', 1],
    ['a mapping that is no text', '{mapping: 1}', 1],
    ['is_cascading that is no boolean', "{mapping: p.run, is_cascading: 'yes'}", 1],
    ['a parameter with an unknown key', '{mapping: p.run, parameters: {a: {hidden: true}}}', 1],
    ['nothing', '', null],
    ['an empty text', "''", null],
    ['an empty mapping', "{mapping: ''}", null],
    ['a mapping that cannot be resolved', 'nobody.run', 21],
    ['its script twice', '{mapping: run.py, parameters: {script_path: }}', 60],
    ['an unknown rule', '{mapping: p.run, availability_rules: {zzz: 1}}', 1],
    ['a rule of the wrong kind', '{mapping: p.run, availability_rules: {available: 1}}', 1],
    ['types that are no list', '{mapping: p.run, availability_rules: {node_types_required: t}}', 1],
    ['an unknown activity', '{mapping: p.run, availability_rules: {node_instances_active: [some]}}', 103],
    ['an activity that is a structure', '{mapping: p.run, availability_rules: {node_instances_active: [[all]]}}', 103],
  ])('may not be or have %s [§12] [error 21] [error 60] [error 103]', async (_name, text, code) => {
    expect((await codesOf(`${HEAD}workflows:\n  w: ${text}\n`, { files: { 'run.py': '' } }))[0]).toBe(code);
  });

  it('need a script plugin for scripts, and one plugin only [§12] [error 61] [error 91]', async () => {
    const head = 'tosca_definitions_version: cloudify_dsl_1_5\n';
    expect(await codesOf(`${head}workflows: {w: run.py}\n`, { files: { 'run.py': '' } })).toEqual([61]);
    const two = 'plugins: {a: {executor: host_agent, install: false}, a.b: {executor: host_agent, install: false}}\n';
    expect(await codesOf(`${head}${two}workflows: {w: a.b.c}\n`)).toEqual([91]);
  });

  it('have availability rules since 1_4 [§4] [error 102]', async () => {
    const text = `${HEAD}workflows: {w: {mapping: p.run, availability_rules: {available: true}}}\n`;
    expect(await codesOf(text.replace('1_5', '1_3'))).toEqual([102]);
    expect(await codesOf(text.replace('1_5', '1_4'))).toEqual([]);
    expect(await codesOf(text.replace('{available: true}', 'null').replace('1_5', '1_3'))).toEqual([]);
  });
});
