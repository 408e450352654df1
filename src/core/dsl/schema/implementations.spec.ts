import { codesOf, nodeOf, plain, planOf } from '../../../../test/support/dsl.js';
import type { Written } from '../../../../test/support/dsl.js';

const HEAD = `tosca_definitions_version: cloudify_dsl_1_5
plugins:
  p: {executor: central_deployment_agent, source: dir}
  my_script: {executor: host_agent, source: dir}
  script: {executor: central_deployment_agent, install: false}
`;

function withOperation(operation: string, head = HEAD): string {
  return `${head}node_types: {cloudify.nodes.Compute: {}}
node_templates: {n: {type: cloudify.nodes.Compute, interfaces: {i: {op: ${operation}}}}}
`;
}

/** What the operation resolves to. */
async function resolved(operation: string, written?: Written, head = HEAD): Promise<unknown> {
  return plain(nodeOf(await planOf(withOperation(operation, head), written), 'n').operations.get('i.op'));
}

const SCRIPT = { files: { 'scripts/run.sh': '' } };

describe('an implementation', () => {
  it('that is empty is no operation, whatever else is given [§9.5] [plan 1.3]', async () => {
    const nothing = {
      plugin: '',
      operation: '',
      executor: null,
      inputs: {},
      has_intrinsic_functions: false,
      max_retries: null,
      retry_interval: null,
      timeout: null,
      timeout_recoverable: null,
    };
    expect(await resolved('{}')).toEqual(nothing);
    expect(await resolved("{implementation: '', inputs: {a: 1}, executor: host_agent, max_retries: 1}")).toEqual(
      nothing,
    );
  });

  it('names a plugin and its function [§9.5] [plan 1.3]', async () => {
    expect(await resolved('{implementation: p.module.task, inputs: {a: 1}, max_retries: 2, timeout: 3}')).toEqual({
      plugin: 'p',
      operation: 'module.task',
      executor: 'central_deployment_agent',
      inputs: { a: 1 },
      has_intrinsic_functions: false,
      max_retries: 2,
      retry_interval: null,
      timeout: 3,
      timeout_recoverable: null,
    });
    expect(await resolved('{implementation: p.task, executor: host_agent}')).toMatchObject({ executor: 'host_agent' });
  });

  it('that names a file is a script, run by the first plugin whose name ends so [§9.5] [trap 11]', async () => {
    expect(await resolved('{implementation: scripts/run.sh, inputs: {a: 1}}', SCRIPT)).toMatchObject({
      plugin: 'my_script',
      operation: 'script_runner.tasks.run',
      executor: 'auto',
      inputs: { a: 1, script_path: 'scripts/run.sh' },
    });
    expect(
      await resolved('{implementation: scripts/run.sh, executor: central_deployment_agent}', SCRIPT),
    ).toMatchObject({ executor: 'central_deployment_agent' });
  });

  it('that has a URL scheme is a script [§9.5]', async () => {
    for (const url of ['http://host/x.sh', 'https://host/x.sh', 'file:///dev/null']) {
      expect(await resolved(`'${url}'`)).toMatchObject({ inputs: { script_path: url } });
    }
  });

  it('that has several lines is a script with its source [§9.5]', async () => {
    const source = '#!/bin/sh\\necho p.task\\n';
    expect(await resolved(`"${source}"`)).toMatchObject({
      plugin: 'my_script',
      executor: 'auto',
      inputs: { script_source: '#!/bin/sh\necho p.task\n' },
    });
    expect(await resolved('"p.task\\n"')).toMatchObject({ plugin: 'p', operation: 'task\n' });
  });

  it('that is a file although a plugin would match is a script [§9.5]', async () => {
    expect(await resolved('p.task', { files: { 'p.task': '' } })).toMatchObject({ inputs: { script_path: 'p.task' } });
  });

  it('may not be given its script twice [§9.5] [error 60]', async () => {
    for (const input of ['script_path', 'script_source']) {
      const text = withOperation(`{implementation: scripts/run.sh, inputs: {${input}: x}}`);
      expect(await codesOf(text, SCRIPT)).toEqual([60]);
    }
    expect(await codesOf(withOperation('{implementation: script.run, inputs: {script_path: x}}'), SCRIPT)).toEqual([]);
  });

  it('needs a script plugin if it is a script [§9.5] [error 61]', async () => {
    const head =
      'tosca_definitions_version: cloudify_dsl_1_5\nplugins: {scripts: {executor: host_agent, install: false}}\n';
    expect(await codesOf(withOperation('scripts/run.sh', head), SCRIPT)).toEqual([61]);
  });

  it('may not mean two plugins [§9.5] [error 91]', async () => {
    const head = `tosca_definitions_version: cloudify_dsl_1_5
plugins:
  a: {executor: central_deployment_agent, install: false}
  a.b: {executor: central_deployment_agent, install: false}
`;
    expect(await codesOf(withOperation('a.b.task', head))).toEqual([91]);
    expect(await resolved('a.c', undefined, head)).toMatchObject({ plugin: 'a', operation: 'c' });
  });

  it('must mean something: in nodes, relationships and workflows [§9.5] [error 10] [error 19] [error 21]', async () => {
    expect(await codesOf(withOperation('nobody.task'))).toEqual([10]);
    expect(await codesOf(withOperation('p'))).toEqual([10]);
    expect(await codesOf(`${HEAD}relationships: {r: {source_interfaces: {i: {op: nobody.task}}}}\n`)).toEqual([19]);
    const related = `${HEAD}node_types: {t: {}}
relationships: {r: {}}
node_templates:
  a: {type: t}
  b: {type: t, relationships: [{type: r, target: a, target_interfaces: {i: {op: nobody.task}}}]}
`;
    expect(await codesOf(related)).toEqual([19]);
    expect(await codesOf(`${HEAD}workflows: {w: nobody.task}\n`)).toEqual([21]);
    expect(await codesOf(`${HEAD}workflows: {w: {mapping: nobody.task}}\n`)).toEqual([21]);
  });

  it('of a type that no node template uses is not resolved, unless it is a relationship type [§9.2]', async () => {
    expect(await codesOf(`${HEAD}node_types: {t: {interfaces: {i: {op: nobody.task}}}}\n`)).toEqual([]);
    expect(await codesOf(`${HEAD}relationships: {r: {target_interfaces: {i: {op: nobody.task}}}}\n`)).toEqual([19]);
  });

  it('of a million dots is one that cannot be resolved', async () => {
    expect(await codesOf(withOperation('a' + '.'.repeat(1_000_000)))).toEqual([10]);
  });

  it('is found without the namespace that an import put before it [§6] [§9.5]', async () => {
    const plan = await planOf(
      `tosca_definitions_version: cloudify_dsl_1_5
imports: [ns--part.yaml]
`,
      {
        files: {
          'scripts/run.sh': '',
          'part.yaml': withOperation('scripts/run.sh'),
        },
      },
    );
    expect(plain(nodeOf(plan, 'ns--n').operations.get('op'))).toMatchObject({
      plugin: 'ns--my_script',
      inputs: { script_path: 'ns--scripts/run.sh' },
    });
  });

  it('of a blueprint that was imported under a namespace is a script of its own [§5.5] [§9.5]', async () => {
    const plan = await planOf(
      `tosca_definitions_version: cloudify_dsl_1_5
imports: ['ns--blueprint:lib']
`,
      { catalogue: { lib: withOperation('scripts/run.sh') } },
    );
    expect(plain(nodeOf(plan, 'ns--n').operations.get('op'))).toMatchObject({
      inputs: { script_path: 'ns--scripts/run.sh' },
    });
  });
});
