import { request } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/core/graph/task.js';
import { instanceOf, OperationsWorld, type OperationWish } from './operations-world.js';

/** What an operation sees of a file that is root's alone. */
const shadow: unknown = process.getuid?.() === 0 ? 'refused' : expect.any(String);

let world: OperationsWorld;
beforeAll(async () => {
  world = await OperationsWorld.open();
});
afterAll(() => world.close());
beforeEach(() => {
  world.host.lines.length = 0;
  world.host.stored.clear();
});

const web = instanceOf('web_a1b2', {
  hostId: 'vm_c3d4',
  properties: { port: 8080, nested: { list: [1, { deep: 'yes' }] }, empty: '' },
  scalingGroups: [{ name: 'group', id: 'group_e5' }],
  relationships: [
    {
      type: 'cloudify.relationships.contained_in',
      typeHierarchy: ['cloudify.relationships.depends_on', 'cloudify.relationships.contained_in'],
      targetId: 'vm_c3d4',
      targetNodeId: 'vm',
    },
  ],
});
const vm = instanceOf('vm_c3d4', { hostId: 'vm_c3d4', properties: { ip: '10.0.0.1', size: 'large' } });
const NODE: OperationWish = { subject: { kind: 'node-instance', instance: web } };
const LINK: OperationWish = { subject: { kind: 'relationship-instance', side: 'source', source: web, target: vm } };

/** What `ctx` prints for each command, with its code where it fails. */
async function printed(commands: readonly string[], wish: OperationWish = NODE): Promise<string[]> {
  world.host.instances.set('vm_c3d4', vm);
  world.host.lines.length = 0;
  const source = commands.map((words) => `printf '%s\\n' "[$(${words} 2>&1)] $?"`).join('\n');
  await world.shell(source, wish);
  return world.host.lines
    .filter(({ message }) => message.startsWith('<out> ['))
    .map(({ message }) => message.slice('<out> '.length));
}

describe('the ctx command (script-plugin §4)', () => {
  it.each([
    ['ctx node id', 'web'],
    ['ctx node name', 'web'],
    ['ctx node type', 'app.nodes.Web'],
    ['ctx node type-hierarchy', "['cloudify.nodes.Root', 'app.nodes.Web']"],
    ['ctx -j node type_hierarchy', '["cloudify.nodes.Root","app.nodes.Web"]'],
    ['ctx node properties port', '8080'],
    ['ctx node properties "nested.list[1].deep"', 'yes'],
    ['ctx -j node properties nested', '{"list":[1,{"deep":"yes"}]}'],
    ['ctx node properties nested', "{'list': [1, {'deep': 'yes'}]}"],
    ['ctx node properties empty', ''],
    ['ctx instance id', 'web_a1b2'],
    ['ctx instance index', '1'],
    ['ctx instance host-ip', '10.0.0.1'],
    ['ctx instance scaling-groups', "[{'name': 'group', 'id': 'group_e5'}]"],
    ['ctx -j instance drift', 'null'],
    ['ctx instance relationships 0 type', 'cloudify.relationships.contained_in'],
    ['ctx instance relationships 0 target node properties size', 'large'],
    ['ctx operation name', 'cloudify.interfaces.lifecycle.create'],
    ['ctx operation retry-number', ''],
    ['ctx -j operation retry-number', '0'],
    ['ctx operation max-retries', '3'],
    ['ctx -j operation relationship', 'null'],
    ['ctx execution-id', 'exec-1'],
    ['ctx workflow-id', 'install'],
    ['ctx task-name', 'script_runner.tasks.run'],
    ['ctx tenant-name', 'default_tenant'],
    ['ctx type', 'node-instance'],
    ['ctx blueprint id', 'bp'],
    ['ctx deployment id', 'dep'],
    ['ctx deployment display-name', 'Deployment'],
    ['ctx deployment creator', 'alice'],
    ['ctx deployment resource-tags team', 'a'],
    ['ctx -j workflow-parameters force', 'false'],
    ['ctx execution-creator-username', 'alice'],
    ['ctx plugin name', 'script'],
    // The script has it; its log does not.
    ['ctx rest-token | tr a-z A-Z', 'TOKEN-OF-THE-EXECUTION'],
    ['ctx execution-token | tr a-z A-Z', 'TOKEN-OF-THE-EXECUTION'],
    ['ctx rest-token', '********'],
    ['ctx -t 5 --json-arg-prefix=: -j node id', '"web"'],
  ])('%s', async (command, text) => {
    expect(await printed([command])).toEqual([`[${text}] 0`]);
  });

  it.each([
    ['ctx node properties absent', 'illegal path: absent'],
    ['ctx instance runtime-properties a.b', 'illegal path: a.b'],
    ['ctx node properties port 81', 'cannot override read only properties'],
    ['ctx instance relationships 0 target instance runtime-properties a 1', 'cannot override read only properties'],
    ['ctx node properties a b c', "illegal argument while accessing a map: ['a', 'b', 'c']"],
    ['ctx nothing', "nothing cannot be processed in ['nothing']"],
    ['ctx node', 'node is not JSON serializable: ask for something of it'],
    [
      'ctx source node id',
      'ctx.source can only be used in a relationship-instance context but used in a node-instance context',
    ],
    ['ctx returns @{', 'the argument is not valid JSON after @'],
    ['ctx', 'usage: ctx'],
    ['ctx returns 1 2', 'takes the arguments value, but 2 were given'],
    ['ctx get-config', 'is not available here: ask the REST API'],
    ['ctx agent init-script', 'is not available here: the operation runs in the manager'],
    ['ctx get-resource absent.txt', '(404)'],
    ['ctx --socket-url http://127.0.0.1:1/x node id', 'the worker does not answer'],
    ['ctx --socket-url "${CTX_SOCKET_URL}x" node id', 'is over, or never was'],
  ])('%s fails', async (command, text) => {
    const [line] = await printed([command]);
    expect(line).toMatch(/\] 1$/);
    expect(line).toContain(text);
  });

  it('writes and reads runtime properties, nested and typed, and stores them once', async () => {
    const lines = await printed([
      `ctx instance runtime-properties a.b.c text`,
      `ctx instance runtime-properties list '@[1, {"x": null}]'`,
      `ctx instance runtime-properties 'list[1].x' @2.5`,
      `ctx instance runtime-properties __proto__.polluted yes`,
      `ctx instance runtime-properties a.b.c`,
      `ctx -j instance runtime-properties list`,
    ]);
    expect(lines.slice(4)).toEqual(['[text] 0', '[[1,{"x":2.5}]] 0']);
    const stored = world.host.stored.get('web_a1b2');
    expect(stored?.version).toBe(2);
    expect(JSON.stringify(stored?.properties)).toBe(
      '{"a":{"b":{"c":"text"}},"list":[1,{"x":2.5}],"__proto__":{"polluted":"yes"}}',
    );
    expect(({} as Record<string, Json>)['polluted']).toBeUndefined();
  });

  it('keeps what was changed before a failure, and stores nothing where nothing changed', async () => {
    await world.shell('ctx instance runtime-properties a 1; exit 1');
    expect(world.host.properties('web_a1b2')).toEqual({ a: '1' });
    await world.shell('ctx instance runtime-properties a 1');
    expect(world.host.stored.get('web_a1b2')?.version).toBe(2);
  });

  it('fails where somebody else changed the runtime properties meanwhile', async () => {
    world.host.beforeLine = (line) => {
      if (line === '<out> read') world.host.stored.set('web_a1b2', { version: 9, properties: { theirs: true } });
    };
    const source = `ctx instance runtime-properties a 1; echo read; sleep 0.2`;
    const result = await world.shell(`${source}; ctx instance update; echo "code $?"`);
    expect(world.host.text).toMatch(/conflict/);
    expect(world.host.text).toContain('<out> code 1');
    expect(result).toEqual({ kind: 'recoverable', cause: expect.stringContaining('conflict'), after: null });
    world.host.stored.clear();
    const fresh = await world.shell(`${source}; ctx instance refresh; ctx instance runtime-properties b 2`);
    expect(fresh).toMatchObject({ kind: 'success' });
    expect(world.host.properties('web_a1b2')).toEqual({ theirs: true, b: '2' });
    world.host.beforeLine = (): void => undefined;
  });

  it('serves both sides of a relationship, and not a single instance', async () => {
    const lines = await printed(
      [
        'ctx source instance id',
        'ctx target instance id',
        'ctx target node properties size',
        'ctx source instance runtime-properties peer vm',
        'ctx target instance runtime-properties client web',
        'ctx operation relationship',
        'ctx type',
        'ctx instance id',
      ],
      LINK,
    );
    expect(lines.slice(0, 3)).toEqual(['[web_a1b2] 0', '[vm_c3d4] 0', '[large] 0']);
    expect(lines.slice(5, 7)).toEqual(['[source] 0', '[relationship-instance] 0']);
    expect(lines[7]).toMatch(/only be used in a node-instance context.*\] 1$/);
    expect([world.host.properties('web_a1b2'), world.host.properties('vm_c3d4')]).toEqual([
      { peer: 'vm' },
      { client: 'web' },
    ]);
  });

  it('takes calls from the background in parallel', async () => {
    await world.shell(
      'for i in $(seq 20); do ctx instance runtime-properties "k$i" "@$i" & done; wait; ctx logger info done',
    );
    expect(Object.keys(world.host.properties('web_a1b2'))).toHaveLength(20);
  });

  it('logs at every level, whatever the text holds', async () => {
    const lines = ['debug', 'info', 'warning', 'error'].map((level) => `ctx logger ${level} "$T"`).join('\n');
    const text = `it's ö "$x" \\n %s\ttab`;
    await world.shell(lines, { inputs: { T: text } });
    const seen = world.host.lines.filter(({ message }) => message === text);
    expect(seen.map(({ level }) => level)).toEqual(['debug', 'info', 'warning', 'error']);
    expect(seen[0]?.logger).toMatch(/^ctx\.task-\d+$/);
  });

  it('does not wait for a call that hangs when its script has ended', async () => {
    const source = `mkfifo hang; ctx upload-deployment-file x hang & sleep 0.3`;
    expect(await world.shell(source)).toMatchObject({ kind: 'success' });
  }, 20_000);

  it('drops messages beyond what an operation may say', async () => {
    const small = await OperationsWorld.open({}, undefined, { outputBytes: 1_000 });
    await small.shell('for i in $(seq 30); do ctx logger info "$(printf %0100d $i)"; done; ctx send-event much');
    expect(small.host.lines.filter(({ message }) => /^0+\d+$/.test(message)).length).toBeLessThan(11);
    expect(small.host.text).toContain('further messages are dropped');
    expect(small.host.events).toEqual([]);
    await small.close();
  });

  it('ends the script at a failing call after ctx-sh was sourced', async () => {
    await world.shell('. ctx-sh; echo before; ctx node properties absent; echo after', NODE);
    expect(world.host.text).toContain('<out> before');
    expect(world.host.text).not.toContain('<out> after');
  });

  it('brings files of the blueprint, to a place of its own or where it is told', async () => {
    world.host.resources.set('files/a.txt', 'content ö\n');
    world.host.resources.set('files/sub/b.bin', Buffer.from([0, 255, 1]));
    const lines = await printed([
      'cat "$(ctx download-resource files/a.txt)"',
      'ctx download-resource files/a.txt "$HOME/x/y.txt"; cat "$HOME/x/y.txt"',
      'ctx get-resource files/a.txt',
      'ctx get-resource files/sub/b.bin',
      'ctx download-resource files/a.txt /etc/holdfast-never',
      'od -An -tx1 "$(ctx download-directory files)/sub/b.bin"',
    ]);
    expect(lines[0]).toBe('[content ö] 0');
    expect(lines[1]).toMatch(/y\.txtcontent ö\] 0$/);
    expect(lines[2]).toBe('[content ö] 0');
    expect(lines[3]).toMatch(/no UTF-8 text.*\] 1$/);
    expect(lines[4]).toMatch(process.getuid?.() === 0 ? /denied.*\] 1$/ : /\]/);
    expect(lines[5]).toBe('[ 00 ff 01] 0');
  });

  it('renders templates with variables and ctx', async () => {
    world.host.resources.set('t.conf', 'port={{ ctx.node.properties.port }} {{ who }} {{ ctx.instance.id }}\n');
    const lines = await printed([
      `ctx get-resource-and-render t.conf '@{"who": "me"}'`,
      `cat "$(ctx download-resource-and-render t.conf "" '@{"who": "you"}')"`,
      `cat "$(ctx download-resource-and-render t.conf '@{"who": "she"}')"`,
      `ctx download-resource-and-render t.conf here.conf > /dev/null; cat here.conf`,
    ]);
    expect(lines).toEqual([
      '[port=8080 me web_a1b2] 0',
      '[port=8080 you web_a1b2] 0',
      '[port=8080 she web_a1b2] 0',
      '[port=8080  web_a1b2] 0',
    ]);
  });

  it('shares the folder of the deployment', async () => {
    const lines = await printed([
      'echo kept > "$(ctx local-deployment-workdir)/kept.txt"',
      'echo up > up.txt; ctx upload-deployment-file sub/up.txt "$PWD/up.txt"',
      'ctx upload-deployment-file ../out.txt up.txt',
      'ctx upload-deployment-file x /etc/shadow',
    ]);
    expect(lines.slice(0, 3).map((line) => line.slice(-1))).toEqual(['0', '0', '1']);
    expect(await readFile(join(world.host.folder, 'x'), 'utf8').catch(() => 'refused')).toEqual(shadow);
    const folder = world.host.folder;
    expect(await readFile(join(folder, 'kept.txt'), 'utf8')).toBe('kept\n');
    expect(await readFile(join(folder, 'sub/up.txt'), 'utf8')).toBe('up\n');
    const again = await printed([
      'cat "$(ctx local-deployment-workdir)/kept.txt"; rm "$(ctx local-deployment-workdir)/kept.txt"',
      'ctx delete-deployment-file sub/up.txt',
      'ln -s /etc/passwd "$(ctx local-deployment-workdir)/link"',
    ]);
    expect(again[0]).toBe('[kept] 0');
    await expect(readFile(join(folder, 'kept.txt'))).rejects.toThrow('ENOENT');
    await expect(readFile(join(folder, 'sub/up.txt'))).rejects.toThrow('ENOENT');
  });
});

describe('the ctx proxy over HTTP', () => {
  it('answers as the original, and nobody who does not know the path', async () => {
    const answers: string[] = [];
    world.host.beforeLine = async (line) => {
      const url = /^<out> (http:\S+)$/.exec(line)?.[1];
      if (url === undefined) return;
      answers.push(await post(url, '{"args": ["node", "properties", "port"]}'));
      answers.push(await post(url, '{"args": ["node", "properties", "foo.bar"]}'));
      answers.push(await post(url, '{"args": ["abort_operation", "give up"]}'));
      answers.push(await post(url, 'nonsense'));
      answers.push(await post(url, ' '.repeat(9_000_000)));
      answers.push(await post(new URL('/', url).href, '{"args": ["node", "id"]}'));
      answers.push(await post(`${url}x`, '{"args": ["node", "id"]}'));
    };
    const result = await world.shell('echo "$CTX_SOCKET_URL"', NODE);
    world.host.beforeLine = (): void => undefined;
    expect(result).toEqual({ kind: 'non-recoverable', cause: 'give up' });
    expect(JSON.parse(answers[0] ?? '')).toEqual({ type: 'result', payload: 8080 });
    expect(JSON.parse(answers[1] ?? '')).toMatchObject({
      type: 'error',
      payload: { type: 'RuntimeError', message: 'illegal path: foo.bar' },
    });
    expect(JSON.parse(answers[2] ?? '')).toEqual({ type: 'stop_operation', payload: { message: 'give up' } });
    expect(JSON.parse(answers[3] ?? '')).toMatchObject({ type: 'error' });
    expect(answers.slice(4)).toEqual(['413', '404', '404']);
  });
});

async function post(url: string, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request(url, { method: 'POST', agent: false }, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => (text += chunk));
    answer.on('end', () => resolve(answer.statusCode === 200 ? text : String(answer.statusCode)));
  });
  asked.on('error', reject);
  asked.end(body);
  return promise;
}
