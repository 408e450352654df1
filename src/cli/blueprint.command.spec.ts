import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { climbing, goodBlueprint, tar, TAR_END } from '../../test/support/archive-builder.js';
import { PACKAGE_ROOT } from '../platform/version.js';
import { runCommand } from './program.js';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command here; what it prints comes back. */
async function holdfast(...args: readonly string[]): Promise<Ran> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text, ...rest) => {
      printed[name] += String(text);
      for (const done of rest) if (typeof done === 'function') done();
      return true;
    }),
  );
  try {
    return { code: await runCommand(['blueprint', ...args]), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The same in a process. */
async function ownProcess(cwd: string, path: string): Promise<unknown> {
  const hooks = join(PACKAGE_ROOT, 'test/support/typescript-hooks.mjs');
  const args = ['--import', hooks, join(PACKAGE_ROOT, 'src/main.ts'), 'blueprint', 'validate', path];
  return promisify(execFile)(process.execPath, args, { cwd }).catch((error: unknown) => error);
}

const GOOD = `tosca_definitions_version: cloudify_dsl_1_4
imports:
  - cloudify/types/types.yaml
inputs:
  port: { type: integer }
node_templates:
  vm:
    type: cloudify.nodes.Compute
  "web \\"1\\"":
    type: cloudify.nodes.WebServer
    properties:
      port: { get_input: port }
    relationships:
      - type: cloudify.relationships.contained_in
        target: vm
outputs:
  ratio: { value: 1.0 }
`;

const BAD = `tosca_definitions_version: cloudify_dsl_1_4
imports:
  - cloudify/types/types.yaml
description: one
description: two
node_templates:
  vm:
    type: no.such.Type
  web:
    type: cloudify.nodes.WebServer
    properties:
\t
`.replace('\t\n', '      colour: red\n');

describe('holdfast blueprint', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function file(name: string, content: string | Buffer): string {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  describe('validate', () => {
    it('accepts a good blueprint: as its main file, its folder, or an archive of any kind', async () => {
      const path = file('blueprint.yaml', GOOD);
      expect(await holdfast('validate', path)).toEqual({ code: 0, stdout: `${path}: valid, 2 nodes\n`, stderr: '' });
      expect(await holdfast('validate', folder)).toMatchObject({ code: 0, stdout: `${folder}: valid, 2 nodes\n` });
      for (const kind of ['zip', 'tar', 'tar.gz', 'tar.bz2'] as const) {
        const archive = file(`archive.${kind}`, goodBlueprint(kind));
        expect(await holdfast('validate', archive)).toMatchObject({ code: 0, stdout: `${archive}: valid, 1 node\n` });
        const other = await holdfast('validate', archive, '--main', 'other.yaml');
        expect(other).toMatchObject({
          code: 1,
          stdout: expect.stringMatching(/^archive.*\/hello-world\/other\.yaml: error/),
        });
      }
    });

    it('says what is wrong as a compiler does, with the line and a caret', async () => {
      const path = file('blueprint.yaml', BAD);
      const { code, stdout } = await holdfast('validate', path);
      expect(code).toBe(1);
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toMatch(/blueprint\.yaml:8:11: error 7: .*no\.such\.Type.* \(node_templates\.vm\.type\)$/);
      expect(lines[0]?.startsWith(path)).toBe(true);
      expect(lines.slice(1, 3)).toEqual(['    8 |     type: no.such.Type', '      |           ^']);
      expect(stdout).toContain(`${path}:12:7: error 106: `);
      expect(stdout).toContain("blueprint.yaml:5:1: warning: key 'description' is written more than once");
      expect(lines.at(-1)).toBe(`${path}: 2 errors, 1 warning`);
    });

    it('names the file that an import brought', async () => {
      file('blueprint.yaml', GOOD.replace('types.yaml', 'types.yaml\n  - parts/more.yaml'));
      const more = file('parts/more.yaml', 'node_types:\n  a:\n    derived_from: b\n');
      const { stdout, code } = await holdfast('validate', folder);
      expect(code).toBe(1);
      expect(stdout).toContain(`${more}:3:19: error 103: `);
      expect(stdout).toContain('    3 |     derived_from: b\n      |                   ^\n');
    });

    it('shows nothing of a blueprint that could steer the terminal, and no more than fits', async () => {
      const long = 'x'.repeat(500);
      const path = file(
        'blueprint.yaml',
        `tosca_definitions_version: cloudify_dsl_1_3\nnode_templates: {"a\\e[31m": {type: "\\e[2J"}} # \u202e\n${long}: 1\n`,
      );
      const { stdout } = await holdfast('validate', path);
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(stdout).toContain('\\u{1b}[2J');
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(2_500);
      expect(stdout).not.toContain(`| ${'x'.repeat(121)}`);
    });

    it('prints JSON for programs', async () => {
      const bad = await holdfast('validate', file('blueprint.yaml', BAD), '--format', 'json');
      const answer = JSON.parse(bad.stdout) as Record<string, unknown>;
      expect(bad.code).toBe(1);
      expect(answer).toMatchObject({
        valid: false,
        errors: [{ severity: 'error', code: 7, line: 8, column: 11, path: 'node_templates.vm.type' }, { code: 106 }],
        warnings: [{ severity: 'warning', line: 5 }],
      });
      const good = await holdfast('validate', file('good.yaml', GOOD), '--format', 'json');
      expect(JSON.parse(good.stdout)).toEqual({ valid: true, errors: [], warnings: [] });
    });

    it('prints SARIF 2.1.0 for code scanners', async () => {
      const { stdout } = await holdfast('validate', file('a b.yaml', BAD), '--format', 'sarif');
      const log = JSON.parse(stdout) as { runs: [{ tool: { driver: { rules: object[] } }; results: object[] }] };
      expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-schema-2.1.0.json') });
      const [run] = log.runs;
      expect(run.tool.driver.rules).toEqual([
        { id: 'dsl-7', shortDescription: { text: 'unknown node type' } },
        { id: 'dsl-106', shortDescription: { text: 'undefined property' } },
        { id: 'warning', shortDescription: { text: 'legal, but hardly meant' } },
      ]);
      expect(run.results[0]).toMatchObject({
        ruleId: 'dsl-7',
        ruleIndex: 0,
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: expect.stringMatching(/\/a%20b\.yaml$/) },
              region: { startLine: 8, startColumn: 11 },
            },
            logicalLocations: [{ fullyQualifiedName: 'node_templates.vm.type' }],
          },
        ],
      });
      expect(run.results).toHaveLength(3);
    });

    it('needs no manager and no network: plugins and blueprints are named, URLs refused', async () => {
      const path = file(
        'main/blueprint.yaml',
        `tosca_definitions_version: cloudify_dsl_1_4
imports:
  - cloudify/types/types.yaml
  - plugin:my-plugin?version=>=2
  - lib--blueprint:lib
node_templates:
  a: { type: my.Type }
`,
      );
      const plugin = 'plugins: {p: {executor: host_agent, package_name: my-plugin, package_version: "2.1"}}\n';
      const yaml = file('plugin.yaml', `${plugin}node_types: {my.Type: {}}\n`);
      const lib = file('lib/lib.yaml', 'tosca_definitions_version: cloudify_dsl_1_3\nnode_types: {t: {}}\n');
      const imports = ['--plugin', `my-plugin=${yaml}`, '--blueprint', `lib=${lib}`];
      expect(await holdfast('validate', path, ...imports)).toMatchObject({ code: 0 });
      expect(await holdfast('validate', path, '--plugin', `my-plugin@1.9=${yaml}`, ...imports.slice(2))).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('no installed plugin fits'),
      });
      const url = file(
        'url.yaml',
        'tosca_definitions_version: cloudify_dsl_1_3\nimports: ["http://127.0.0.1:1/x.yaml"]\n',
      );
      expect((await holdfast('validate', url)).stdout).toContain('error 13: ');
      expect((await holdfast('validate', url)).stdout).toContain('URLs are not fetched here');
      expect(await holdfast('validate', path, '--plugin', 'my-plugin')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('name=path'),
      });
      expect(await holdfast('validate', path, '--plugin', 'my-plugin=nowhere')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('There is no plugin at nowhere'),
      });
    });

    it('refuses what is no blueprint in one sentence', async () => {
      expect(await holdfast('validate', join(folder, 'none.yaml'))).toEqual({
        code: 1,
        stdout: '',
        stderr: `holdfast: There is no ${join(folder, 'none.yaml')}\n`,
      });
      const outside = file('outside.yaml', GOOD);
      expect(await holdfast('validate', outside, '--root', join(folder, 'inner'))).toMatchObject({ code: 1 });
      for (const kind of ['zip', 'tar.gz'] as const) {
        const { code, stderr } = await holdfast('validate', file(`climbing.${kind}`, climbing(kind)));
        expect(code).toBe(1);
        expect(stderr).toMatch(/^holdfast: .*outside\.txt/);
      }
      const flat = Buffer.concat([tar([{ name: 'blueprint.yaml', content: GOOD }]), TAR_END]);
      expect((await holdfast('validate', file('flat.tar', flat))).stderr).toContain('exactly 1 directory');
      expect((await holdfast('validate', folder)).stdout).toMatch(/^.*blueprint\.yaml: error/);
    });
  });

  describe('plan', () => {
    it('prints the plan, and with inputs that of a deployment', async () => {
      const path = file('blueprint.yaml', GOOD);
      const { code, stdout } = await holdfast('plan', path);
      expect(code).toBe(0);
      expect(stdout).toContain('"outputs":{"ratio":{"value":1.0}}');
      const plan = JSON.parse(stdout) as { nodes: { id: string; properties: object }[]; inputs: object };
      expect(plan.nodes.map(({ id }) => id)).toEqual(['vm', 'web "1"']);
      expect(plan.inputs).toEqual({ port: { type: 'integer' } });

      for (const inputs of [file('i.json', '{"port": 8080}'), file('i.yaml', 'port: 017600\n')]) {
        const deployed = await holdfast('plan', path, '--inputs', inputs);
        const deployment = JSON.parse(deployed.stdout) as {
          inputs: object;
          node_instances: { id: string }[];
          nodes: { properties: object }[];
        };
        expect(deployment.inputs).toEqual({ port: inputs.endsWith('json') ? 8080 : 0o17600 });
        expect(deployment.nodes[1]?.properties).toMatchObject({ port: inputs.endsWith('json') ? 8080 : 0o17600 });
        expect(deployment.node_instances[0]?.id).toMatch(/^vm_[a-z0-9]{6}$/);
      }
    });

    it('says what is wrong with the blueprint, or with the inputs', async () => {
      const bad = await holdfast('plan', file('bad.yaml', BAD));
      expect(bad).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('bad.yaml:8:11: error 7: ') });
      const path = file('blueprint.yaml', GOOD);
      const missing = await holdfast('plan', path, '--inputs', file('none.yaml', ''));
      expect(missing).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/error: .*port/) });
      const unknown = await holdfast('plan', path, '--inputs', file('some.yaml', '{port: 1, prot: 2}'));
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringMatching(/error: .*prot/) });
      const broken = await holdfast('plan', path, '--inputs', file('broken.yaml', 'a: [\n'));
      expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/^holdfast: .*broken\.yaml:\d+: /) });
      const list = await holdfast('plan', path, '--inputs', file('list.yaml', '[1]'));
      expect(list).toMatchObject({ code: 1, stderr: expect.stringContaining('no mapping of names to values') });
    });

    it('draws nodes and relationships, whatever their names', async () => {
      const path = file('blueprint.yaml', GOOD);
      expect((await holdfast('plan', path, '--graph', 'mermaid')).stdout).toBe(`flowchart LR
  n0["vm<br/>cloudify.nodes.Compute"]
  n1["web #34;1#34;<br/>cloudify.nodes.WebServer"]
  n1 ==>|"contained_in"| n0
`);
      expect((await holdfast('plan', path, '--graph', 'dot')).stdout).toBe(`digraph blueprint {
  rankdir=LR;
  node [shape=box];
  n0 [label="vm\\ncloudify.nodes.Compute"];
  n1 [label="web \\"1\\"\\ncloudify.nodes.WebServer"];
  n1 -> n0 [label="contained_in", style=bold];
}
`);
    });
  });

  it('runs as a program of its own, and leaves its exit code', async () => {
    file('good.yaml', GOOD);
    file('bad.yaml', BAD);
    expect(await ownProcess(folder, 'good.yaml')).toMatchObject({ stdout: 'good.yaml: valid, 2 nodes\n' });
    expect(await ownProcess(folder, 'bad.yaml')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bad.yaml:8:11: error 7'),
    });
  });
});
