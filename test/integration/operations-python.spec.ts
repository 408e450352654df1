import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { instanceOf, OperationsWorld } from './operations-world.js';

describe('scripts in Python (script-plugin §6)', () => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.open();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.host.lines.length = 0;
    world.host.stored.clear();
  });

  it('has inputs, context, and results of any shape', async () => {
    const source = `
from cloudify import ctx
from cloudify.state import ctx_parameters as inputs
import os
assert __name__ == '__main__' and os.path.basename(__file__) == 'script.py'
assert 'GREETING' not in os.environ
assert inputs.GREETING == inputs['GREETING'] == 'hello'
ctx.logger.info('%s from %s', inputs.GREETING, ctx.instance.id)
print('printed')
ctx.returns({'port': ctx.node.properties['port'], 'op': ctx.operation.name, 'tenant': ctx.tenant_name,
             'bp': ctx.blueprint.id, 'dep': ctx.deployment.display_name, 'list': inputs.LIST, 'none': None})
`;
    const result = await world.python(source, { inputs: { GREETING: 'hello', LIST: [1, { a: 2 }] } });
    expect(result).toEqual({
      kind: 'success',
      value: {
        port: 8080,
        op: 'cloudify.interfaces.lifecycle.create',
        tenant: 'default_tenant',
        bp: 'bp',
        dep: 'Deployment',
        list: [1, { a: 2 }],
        none: null,
      },
    });
    expect(world.host.text).toContain('hello from web_a1b2');
    expect(world.host.text).toContain('<out> printed');
  });

  it('notices changes deep inside of runtime properties, and keeps them where it fails', async () => {
    world.host.stored.set('web_a1b2', { version: 3, properties: { list: [{ a: 1 }], gone: true } });
    const source = `
from cloudify import ctx
ctx.instance.runtime_properties['list'][0]['a'] = 2
del ctx.instance.runtime_properties['gone']
raise ValueError('broken')`;
    expect(await world.python(source)).toEqual({ kind: 'recoverable', cause: 'ValueError: broken', after: null });
    expect(world.host.stored.get('web_a1b2')).toEqual({ version: 4, properties: { list: [{ a: 2 }] } });
    expect(world.host.text).toContain('<err> Traceback');
  });

  it.each([
    [`NonRecoverableError('never')`, { kind: 'non-recoverable', cause: 'never' }],
    [`RecoverableError('soon', retry_after=5)`, { kind: 'recoverable', cause: 'soon', after: 5 }],
    [`OperationRetry('wait', retry_after=2)`, { kind: 'retry', cause: 'wait', after: 2 }],
    [`HttpException('http://x', 404, 'no')`, { kind: 'non-recoverable', cause: 'http://x (404): no' }],
    [`KeyError('k')`, { kind: 'recoverable', cause: `KeyError: 'k'`, after: null }],
    [`SystemExit(3)`, { kind: 'recoverable', cause: 'SystemExit: 3', after: null }],
    [`SystemExit(0)`, { kind: 'success', value: null }],
  ])('takes %s as it is meant', async (exception, expected) => {
    expect(await world.python(`from cloudify.exceptions import *\nraise ${exception}`)).toEqual(expected);
  });

  it.each([
    [`ctx.abort_operation('no')`, { kind: 'non-recoverable', cause: 'no' }],
    [`ctx.retry_operation('later', 4)`, { kind: 'retry', cause: 'later', after: 4 }],
    [`ctx.operation.retry('later', retry_after=4)`, { kind: 'retry', cause: 'later', after: 4 }],
    [
      `ctx.returns(1)\ntry:\n  ctx.returns(2)\nexcept RuntimeError: pass`,
      { kind: 'non-recoverable', cause: 'ctx may only abort or return once' },
    ],
    [`ctx.node.properties['x'] = 1`, { kind: 'non-recoverable', cause: 'Cannot override read only properties' }],
    [
      `ctx.source`,
      {
        kind: 'non-recoverable',
        cause: 'ctx.source can only be used in a relationship-instance context but used in a node-instance context',
      },
    ],
    [
      `from cloudify.manager import get_rest_client; get_rest_client()`,
      { kind: 'non-recoverable', cause: expect.stringContaining('cloudify.manager is not available') },
    ],
    [`this is no python`, { kind: 'recoverable', cause: expect.stringContaining('SyntaxError') }],
    [`import os; os._exit(9)`, { kind: 'recoverable', cause: expect.stringContaining('exit_code: 9') }],
  ])('%s', async (source, expected) => {
    expect(await world.python(`from cloudify import ctx\n${source}`)).toMatchObject(expected);
  });

  it('serves both sides of a relationship, and what they are related to', async () => {
    const vm = instanceOf('vm_1', { hostId: 'vm_1', properties: { ip: '10.0.0.1' } });
    const web = instanceOf('web_1', {
      hostId: 'vm_1',
      relationships: [{ type: 'r', typeHierarchy: ['root', 'r'], targetId: 'vm_1', targetNodeId: 'vm' }],
    });
    world.host.instances.set('vm_1', vm);
    world.host.stored.set('vm_1', { version: 1, properties: { os: 'linux' } });
    const source = `
from cloudify import ctx
ctx.source.instance.runtime_properties['of'] = ctx.target.instance.id
ctx.target.instance.runtime_properties['from'] = ctx.source.node.name
ctx.target.instance.update()
relationship = ctx.source.instance.relationships[0]
ctx.returns([relationship.type, relationship.target.instance.runtime_properties['os'],
             relationship.target.node.name, ctx.source.instance.host_ip, ctx.type])`;
    const result = await world.python(source, {
      subject: { kind: 'relationship-instance', side: 'source', source: web, target: vm },
    });
    expect(result).toEqual({ kind: 'success', value: ['r', 'linux', 'vm', '10.0.0.1', 'relationship-instance'] });
    expect(world.host.properties('web_1')).toEqual({ of: 'vm_1' });
    expect(world.host.properties('vm_1')).toEqual({ os: 'linux', from: 'web' });
  });

  it('has decorated functions, utilities and resources', async () => {
    world.host.resources.set('f.txt', 'content');
    const source = `
from cloudify.decorators import operation
from cloudify.utils import LocalCommandRunner, id_generator
from cloudify.exceptions import HttpException
@operation(resumable=True)
def run(ctx, WORD, **_):
    with open(ctx.download_resource('f.txt')) as f:
        text = f.read()
    try:
        ctx.get_resource('absent')
    except HttpException as error:
        code = error.code
    return [WORD, text, ctx.get_resource('f.txt').decode(), code, LocalCommandRunner().run('echo hi').std_out]
from cloudify.state import current_ctx
current_ctx.get_ctx().returns(run())`;
    const result = await world.python(source, { inputs: { WORD: 'w' } });
    expect(result).toEqual({ kind: 'success', value: ['w', 'content', 'content', 404, 'hi'] });
  });

  it('takes inline texts for Python only where they are', async () => {
    expect(await world.run({ inputs: { script_source: 'from cloudify import ctx\nctx.returns(5)\n' } })).toEqual({
      kind: 'success',
      value: 5,
    });
    expect(await world.run({ inputs: { script_source: 'if true; then\n  ctx returns 5\nfi\n' } })).toEqual({
      kind: 'success',
      value: '5',
    });
  });

  it('runs a .py by its shebang where eval_python is false', async () => {
    world.host.resources.set('x.py', '#!/usr/bin/env python3\nimport os; print("env", os.environ["A"])\n');
    await world.run({ inputs: { script_path: 'x.py', A: 'b', process: { eval_python: false } } });
    expect(world.host.text).toContain('<out> env b');
  });
});
