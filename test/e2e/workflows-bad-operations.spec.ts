import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Fleet } from '../support/fleet.js';
import { processesWith } from '../support/processes.js';

/* Operations that are wrong or mean harm, through the whole path: each ends with an exact error, and the manager goes on. */

const START_MS = 120_000;
const MIB = 1_048_576;
const OPERATION = 'test.run';
const mark = `mark${randomBytes(8).toString('hex')}`;
const isRoot = process.getuid?.() === 0;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.open();
  await fleet.startWorker();
  const nodes = Object.entries(OPERATIONS()).map(
    ([name, operation]) =>
      `  ${name}: {type: cloudify.nodes.Root, interfaces: {test: {run: {max_retries: 0, ${operation}}}}}`,
  );
  const plugins = 'plugins: {odd: {executor: central_deployment_agent, install: false}}';
  await fleet.upload('bad', `${plugins}\nnode_templates:\n${nodes.join('\n')}\n`, SCRIPTS());
  await fleet.deploy('bad', 'bad');
}, START_MS);
afterAll(() => fleet.close(), START_MS);

const OPERATIONS = (): Readonly<Record<string, string>> => ({
  unknown: 'implementation: odd.tasks.run',
  missing:
    'implementation: script.script_runner.tasks.run, executor: central_deployment_agent, inputs: {script_path: scripts/gone.sh}',
  floods: 'implementation: floods.sh',
  forks: `implementation: forks.sh, inputs: {MARK: ${mark}-forks}`,
  hangs: `implementation: hangs.sh, timeout: 1, inputs: {MARK: ${mark}-hangs}`,
  writes: 'implementation: writes.sh',
  reads: `implementation: reads.sh, inputs: {DATA: '${fleet.dataDir}'}`,
  good: 'implementation: good.sh',
});

const SCRIPTS = (): Readonly<Record<string, string>> => ({
  'floods.sh': `#!/bin/bash\nhead -c ${50 * MIB} /dev/zero | tr '\\0' x | fold -w 4096\n`,
  'forks.sh': `#!/bin/bash
for n in 1 2 3; do
  (exec -a "$MARK" sleep 600) &
  (setsid bash -c '(exec -a "$MARK" sleep 600) & disown; exit 0' &)
done
sleep 0.3
echo "forked" >&2
exit 4
`,
  'hangs.sh': `#!/bin/bash\ntrap "" TERM\nwhile :; do bash -c 'trap "" TERM; exec -a "$MARK" sleep 600'; done\n`,
  'writes.sh': `#!/bin/bash
echo own > own && [ "$(cat own)" = own ] || exit 9
(echo x > /etc/${mark}) 2>/dev/null && echo "wrote"
(echo x > "$HOME/../${mark}") 2>/dev/null && echo "wrote"
echo x > /${mark}
`,
  'reads.sh': `#!/bin/bash
cat "$DATA"/keys/* "$DATA"/admin-password /proc/$PPID/environ 2>/dev/null && echo "read it"
ls -A "$DATA" 2>/dev/null | grep . && echo "read it"
echo "nothing to be seen" >&2
exit 5
`,
  'good.sh': `#!/bin/bash\nctx returns fine\n`,
});

async function ran(node: string): Promise<string> {
  return fleet.run('bad', 'execute_operation', { parameters: { operation: OPERATION, node_ids: [node] } });
}

async function told(id: string): Promise<string[]> {
  const { body } = await fleet.ask(`/events?execution_id=${id}&type=cloudify_log&_size=20000`);
  return (body.items as { readonly message: string }[]).map(({ message }) => message);
}

const PREFIX = /^Task failed '[\w.]+' of node instance '\w+', operation 'test\.run' -> /;

it.each([
  [
    'unknown',
    'the plugin odd of the operation test.run cannot be run here: this manager runs the built-in plugins script, http, terraform; use one of these, or an agent that has the plugin',
  ],
  [
    'missing',
    'the script cannot be had: the resource scripts/gone.sh was not found in the deployment, its blueprint, or the shared resources (404)',
  ],
  ['forks', 'exit_code: 4, stderr: forked'],
  ['hangs', 'test.run took longer than 1 seconds and was ended'],
  ...(isRoot
    ? [
        ['writes', `/${mark}: Permission denied`],
        ['reads', 'exit_code: 5, stderr: nothing to be seen'],
      ]
    : []),
] as [string, string][])('%s fails, and says why', async (node, text) => {
  const id = await ran(node);
  const { status, error } = await fleet.ended(id);
  expect([status, error]).toEqual(['failed', expect.stringMatching(PREFIX)]);
  expect(error).toContain(text);
  expect(await processesWith(mark)).toEqual([]);
  expect((await told(id)).filter((line) => /wrote|read it/.test(line))).toEqual([]);
  expect(existsSync(`/etc/${mark}`)).toBe(false);
  expect(await readdir('/')).not.toContain(mark);
  expect(await fleet.ended(await ran('good'))).toMatchObject({ status: 'terminated', error: '' });
});

it(
  'floods ends well, with what it may print in the log and a word about the rest',
  async () => {
    const id = await ran('floods');
    expect(await fleet.ended(id, START_MS)).toMatchObject({ status: 'terminated', error: '' });
    const lines = await told(id);
    const kept = lines.filter((line) => line.startsWith('<out> xxx')).reduce((sum, line) => sum + line.length - 6, 0);
    expect(kept).toBeLessThanOrEqual(16 * MIB);
    expect(kept).toBeGreaterThan(15 * MIB);
    expect(lines).toContain('<out> (further output is dropped: the operation printed more than it may)');
    expect(await fleet.ended(await ran('good'))).toMatchObject({ status: 'terminated' });
  },
  START_MS,
);

it('leaves the processes of the manager alive, and nothing of operations', async () => {
  expect((await fleet.ask('/status')).status).toBe(200);
  for (const each of [...fleet.apis, ...fleet.workers])
    expect(existsSync(path.join('/proc', String(each.pid)))).toBe(true);
});
