import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationsWorld } from './operations-world.js';

describe('outcomes of scripts (script-plugin §5)', () => {
  let world: OperationsWorld;
  beforeAll(async () => {
    world = await OperationsWorld.open();
  });
  afterAll(() => world.close());

  it.each([
    ['nothing called, code 0', 'true', { kind: 'success', value: null }],
    ['returns a text', 'ctx returns 7', { kind: 'success', value: '7' }],
    ['returns JSON', `ctx returns '@{"a": [1, true, null]}'`, { kind: 'success', value: { a: [1, true, null] } }],
    [
      'returns twice',
      'ctx returns 1; ctx returns 2; true',
      { kind: 'non-recoverable', cause: 'ctx may only abort or return once' },
    ],
    ['aborts, code 0', 'ctx abort-operation "give up"; true', { kind: 'non-recoverable', cause: 'give up' }],
    ['aborts, code 3', 'ctx abort-operation "give up"; exit 3', { kind: 'non-recoverable', cause: 'give up' }],
    ['retries, code 0', 'ctx retry-operation wait 7; true', { kind: 'retry', cause: 'wait', after: 7 }],
    ['retries, code 1', 'ctx retry-operation wait 1.5; exit 1', { kind: 'retry', cause: 'wait', after: 1.5 }],
    ['retries without time', 'ctx retry-operation; exit 1', { kind: 'retry', cause: '', after: null }],
    ['asks for a retry and goes on', 'ctx operation retry "later" 7', { kind: 'retry', cause: 'later', after: 7 }],
    [
      'asks for a retry with keywords',
      `ctx operation retry '@{"message": "later", "retry_after": 3}'`,
      { kind: 'retry', cause: 'later', after: 3 },
    ],
    [
      'aborts after it returned',
      'ctx returns 1; ctx abort-operation no; true',
      { kind: 'non-recoverable', cause: 'ctx may only abort or return once' },
    ],
  ])('%s', async (_what, source, expected) => {
    expect(await world.shell(source)).toEqual(expected);
  });

  it('fails recoverably with command, code and the ends of the outputs', async () => {
    const result = await world.shell('echo printed; echo "it broke" >&2; exit 4');
    expect(result).toMatchObject({ kind: 'recoverable', after: null });
    expect(result).toHaveProperty(
      'cause',
      expect.stringMatching(
        /^ProcessException: command: \S+\/script\.sh, exit_code: 4, stderr: it broke, stdout: printed$/,
      ),
    );
  });

  it('lets a failure win over a retry that was asked for', async () => {
    expect(await world.shell('ctx operation retry later 7; exit 2')).toMatchObject({ kind: 'recoverable' });
  });

  it.each(['TERM', 'KILL'])('takes a script that SIG%s ended for a failure', async (name) => {
    const result = await world.shell(`kill -${name} $$; sleep 5`);
    expect(result).toMatchObject({ kind: 'recoverable', cause: expect.stringContaining('exit_code: 1') });
  });

  it('ends non-recoverably where the script is nowhere', async () => {
    const result = await world.run({ inputs: { script_path: 'scripts/absent.sh' } });
    expect(result).toEqual({
      kind: 'non-recoverable',
      cause: expect.stringContaining('scripts/absent.sh was not found in the deployment'),
    });
  });

  it.each([
    [{}, 'exactly one of the inputs script_path and script_source'],
    [{ script_path: 'a', script_source: 'b' }, 'exactly one'],
    [{ script_source: 'ls', process: { ctx_proxy_type: 'zmq' } }, 'ctx_proxy_type'],
    [{ script_source: 'ls', process: { args: 'x' } }, 'process.args'],
    [{ script_path: 'file:///etc/passwd' }, 'operation_file_urls'],
    [{ script_path: 'https://127.0.0.1/x.sh' }, 'not on the public internet'],
    [{ script_source: '#!/bin/sh\ntrue', A: 'b\0c' }, 'NUL'],
  ])('refuses the inputs %j', async (inputs, text) => {
    const result = await world.run({ inputs });
    expect(result).toEqual({ kind: 'non-recoverable', cause: expect.stringContaining(text) });
  });

  it.each([
    [
      'unknown',
      'x.y',
      /plugin unknown of the operation cloudify.interfaces.lifecycle.create cannot be run here.*built-in/,
    ],
    ['script', 'x.y', /no task x.y.*script_runner.tasks.run/],
  ])('refuses the plugin %s with the task %s', async (plugin, task, text) => {
    const result = await world.run({ plugin, task });
    expect(result).toEqual({ kind: 'non-recoverable', cause: expect.stringMatching(text) });
  });

  it('tells what it does in the log, outputs line by line', async () => {
    world.host.lines.length = 0;
    await world.shell('echo one; echo two >&2; printf three');
    const lines = world.host.lines.map(({ level, message }) => `${level} ${message}`);
    expect(lines).toContain('info <out> one');
    expect(lines).toContain('info <err> two');
    expect(lines).toContain('info <out> three');
    expect(lines.some((line) => /^info Process created, PID: \d+$/.test(line))).toBe(true);
    expect(lines.at(-1)).toMatch(/^info Execution done \(PID: \d+, exit_code: 0\)$/);
  });

  it('says nothing of outputs where it is told so, and merges errors where asked', async () => {
    world.host.lines.length = 0;
    await world.shell('echo one; echo two >&2', { inputs: { process: { log_stdout: false, stderr_to_stdout: true } } });
    await world.shell('echo three; echo four >&2', { inputs: { process: { stderr_to_stdout: true } } });
    expect(world.host.text).not.toMatch(/> (one|two)/);
    expect(world.host.text).toContain('<out> three\n<out> four');
  });

  it('gives inputs as variables, and nothing of the server', async () => {
    process.env['HOLDFAST_ROOT_KEY'] = 'never-to-be-seen';
    world.host.lines.length = 0;
    const inputs = {
      PLAIN: `it's "$HOME" \`x\` \\ ö\nline`,
      NUMBER: 7,
      NOTHING: null,
      YES: true,
      MAP: { a: [1, { b: null }] },
      process: { env: { PLAIN2: 'env', NUMBER: 8 } },
      PPID: 'x',
      'with-dash': 'z',
    };
    const result = await world.shell(
      String.raw`python3 -c 'import os,json; print(json.dumps(dict(os.environ)))' | { read -r l; ctx returns "@$l"; }`,
      { inputs },
    );
    delete process.env['HOLDFAST_ROOT_KEY'];
    expect(result).toMatchObject({ kind: 'success' });
    const seen = (result as { value: Record<string, string> }).value;
    expect(seen).toMatchObject({
      PLAIN: inputs.PLAIN,
      NUMBER: '8',
      NOTHING: 'None',
      YES: 'true',
      MAP: '{"a":[1,{"b":null}]}',
      PLAIN2: 'env',
    });
    expect(seen['TMPDIR']).toMatch(/holdfast-operations/);
    expect(seen['HOME']).toBe(seen['TMPDIR']);
    expect(seen['PATH']?.startsWith(process.env['PATH'] ?? '?')).toBe(true);
    const own = [
      'PATH',
      'LANG',
      'HOME',
      'TMPDIR',
      'CTX_SOCKET_URL',
      'HOLDFAST_OPERATION',
      ...Object.keys(inputs),
      'PLAIN2',
    ];
    const shells = ['PWD', 'SHLVL', '_', 'OLDPWD', 'LC_CTYPE'];
    expect(Object.keys(seen).filter((name) => ![...own, ...shells].includes(name))).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain('never-to-be-seen');
  });

  it('runs a file of the blueprint with arguments that the shell reads, a prefix, and another folder', async () => {
    world.host.resources.set('scripts/a b.sh', '#!/bin/sh\necho "got:$1:$2:$PWD:$(basename "$0")"\n');
    world.host.lines.length = 0;
    const process = { args: ['$((1 + 1))', '"x y"'], command_prefix: 'sh -e', cwd: '/' };
    expect(await world.run({ inputs: { script_path: 'scripts/a b.sh', process } })).toMatchObject({ kind: 'success' });
    expect(world.host.text).toContain('<out> got:2:x y:/:a b.sh');
  });

  it('needs no shebang, removes common indentation, and needs no input', async () => {
    world.host.lines.length = 0;
    await world.run({ inputs: { script_source: '    x=1\n    if [ $x = 1 ]; then\n      cat; echo shell\n    fi\n' } });
    expect(world.host.text).toContain('<out> shell');
  });

  it('has no ctx where the proxy is none', async () => {
    world.host.lines.length = 0;
    await world.shell('ctx node id; echo "code $?"', { inputs: { process: { ctx_proxy_type: 'none' } } });
    expect(world.host.text).toContain('CTX_SOCKET_URL is not set');
    expect(world.host.text).toContain('<out> code 1');
  });

  it('hides values of secrets in lines, events and errors, also in pieces and in base64', async () => {
    world.host.lines.length = 0;
    const secret = 'correct-horse-battery';
    const result = await world.shell(
      `printf 'correct-'; sleep 0.2; echo 'horse-battery!'; printf %s "$P" | base64; ctx logger info "is $P"
       ctx send-event "was $P"; head -c 40000 /dev/zero | tr '\\0' x; echo "$P"; echo "$P" >&2; exit 1`,
      { secretValues: [secret], inputs: { P: secret } },
    );
    const all = JSON.stringify([world.host.lines, world.host.events, result]);
    expect(all).not.toContain('horse');
    expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(4, 12));
    expect(world.host.text).toContain('<out> ********!');
    expect(world.host.events.at(-1)).toBe('was ********');
    expect(result).toHaveProperty('cause', expect.stringContaining('stderr: ********'));
  });

  it('answers the same operation, sent again while it runs, with the same result', async () => {
    const wish = { taskId: 'same', inputs: { script_source: '#!/bin/sh\nsleep 0.3; echo x >> $L', L: '/dev/null' } };
    const [first, second] = await Promise.all([world.run(wish), world.run(wish)]);
    expect(second).toBe(first);
  });

  it('runs operations of hosts unless a setting says otherwise', async () => {
    const wish = { operation: { executor: 'host_agent' as const } };
    expect(await world.shell('true', wish)).toMatchObject({ kind: 'success' });
    const strict = await OperationsWorld.open({ runHostOperationsLocally: false });
    expect(await strict.shell('true', wish)).toEqual({
      kind: 'non-recoverable',
      cause: expect.stringContaining('run_host_operations_locally'),
    });
    await strict.close();
  });

  it('may run again after a worker was lost', async () => {
    expect(await world.shell('true', { operation: { isResumed: true } })).toMatchObject({ kind: 'success' });
  });
});
