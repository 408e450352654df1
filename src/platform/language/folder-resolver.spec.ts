import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dslVersion, type DslVersion } from '../../core/dsl/versions.js';
import type { Opened } from '../../core/dsl/imports/resolver.js';
import { FolderResolver } from './folder-resolver.js';

const VERSION = dslVersion('cloudify_dsl_1_4') as DslVersion;

describe('a folder of a blueprint', () => {
  let base: string;
  let folder: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
    folder = join(base, 'blueprint');
    mkdirSync(join(folder, 'types'), { recursive: true });
    writeFileSync(join(base, 'secret.yaml'), 'outside');
    writeFileSync(join(folder, 'blueprint.yaml'), 'main');
    writeFileSync(join(folder, 'types', 'a.yaml'), 'inside');
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function open(path: string, resolver = new FolderResolver(folder)): Promise<Opened> {
    return resolver.open({ kind: 'archive', blueprint: null, path }, VERSION);
  }

  it('is read by paths that stay inside', async () => {
    expect(await open('types/a.yaml')).toEqual({ kind: 'text', text: 'inside' });
    expect(await open('types/../blueprint.yaml')).toEqual({ kind: 'text', text: 'main' });
    const { hasFile } = new FolderResolver(folder);
    expect(['blueprint.yaml', 'types', 'types/b.yaml', '../secret.yaml', ''].map((path) => hasFile(path))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('opens nothing outside of it, by whatever name', async () => {
    symlinkSync(join(base, 'secret.yaml'), join(folder, 'link.yaml'));
    symlinkSync(base, join(folder, 'up'));
    for (const path of ['../secret.yaml', 'link.yaml', 'up/secret.yaml', join(base, 'secret.yaml'), 'a\0b', '', 'x']) {
      expect(await open(path)).toEqual({
        kind: 'absent',
        reason: 'there is no such file in the folder of the blueprint',
      });
    }
  });

  it('follows links that stay inside', async () => {
    symlinkSync('types/a.yaml', join(folder, 'link.yaml'));
    expect(await open('link.yaml')).toEqual({ kind: 'text', text: 'inside' });
  });

  it('answers for what is no text file, and waits for nothing', async () => {
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from([0xe9]));
    writeFileSync(join(folder, 'large.yaml'), Buffer.alloc(5 * 1024 * 1024 + 1, 0x20));
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
    expect(await open('latin.yaml')).toEqual({ kind: 'absent', reason: 'it is not UTF-8' });
    expect(await open('large.yaml')).toEqual({ kind: 'absent', reason: 'it is larger than 5242880 bytes' });
    expect(await open('pipe.yaml')).toEqual({ kind: 'absent', reason: 'it is no file' });
    expect(await open('types')).toEqual({ kind: 'absent', reason: 'it is no file' });
  });

  it('has the built-in types beside it, and nothing else of the program', async () => {
    const resolver = new FolderResolver(folder);
    for (const name of ['types', 'types_1_4', 'types_1_3']) {
      const opened = await resolver.open({ kind: 'resource', path: `cloudify/types/${name}.yaml` }, VERSION);
      expect(opened).toMatchObject({ kind: 'text', text: expect.stringContaining('cloudify.nodes.Root:') });
    }
    for (const path of ['../package.json', 'cloudify/types/../../../package.json', 'cloudify/types/types_1_2.yaml']) {
      expect(await resolver.open({ kind: 'resource', path }, VERSION)).toMatchObject({ kind: 'absent' });
    }
  });

  it('has no network, and only the plugins and blueprints that were named', async () => {
    mkdirSync(join(base, 'other'));
    writeFileSync(join(base, 'other', 'main.yaml'), 'other');
    const plugin = {
      name: 'p',
      version: '1.0',
      distribution: null,
      labels: null,
      blueprintLabels: null,
      resourceTags: null,
    };
    const resolver = new FolderResolver(folder, {
      blueprints: new Map([['lib', { folder: join(base, 'other'), mainFile: 'main.yaml' }]]),
      plugins: [{ installed: plugin, open: ({ raw }) => ({ kind: 'text', text: raw }) }],
    });
    expect(await resolver.open({ kind: 'url', url: 'https://example.com/a.yaml' }, VERSION)).toEqual({
      kind: 'absent',
      reason: 'URLs are not fetched here',
    });
    expect(await resolver.blueprint('lib')).toEqual({ mainFile: 'main.yaml' });
    expect(await resolver.blueprint('none')).toBeNull();
    const other = { kind: 'archive', blueprint: 'lib' } as const;
    expect(await resolver.open({ ...other, path: 'main.yaml' }, VERSION)).toEqual({ kind: 'text', text: 'other' });
    expect(await resolver.open({ ...other, path: '../secret.yaml' }, VERSION)).toMatchObject({ kind: 'absent' });
    expect(await resolver.plugins('q')).toEqual([]);
    const [found] = await resolver.plugins('p');
    expect(found).toEqual({ ...plugin, id: '0' });
    const location = { kind: 'plugin', plugin: { ...plugin, id: '0' } } as const;
    expect(await resolver.open(location, VERSION)).toEqual({ kind: 'text', text: 'cloudify_dsl_1_4' });
  });
});
