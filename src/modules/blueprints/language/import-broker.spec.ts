import type { TenantCtx } from '../../../platform/context/ctx.js';
import { PluginCatalogue, type CataloguePlugin } from '../../../platform/plugins/plugin-catalogue.js';
import type { BlueprintRow } from '../blueprints.repository.js';
import { ImportSession } from './import-broker.js';
import type { Answer } from './parse-messages.js';
import { MAX_SOURCE_BYTES } from './source-text.js';

const ctx = { tenantId: 3 } as TenantCtx;
const never = new AbortController().signal;

const PLUGIN: CataloguePlugin = {
  id: 'p-1',
  packageName: 'my-plugin',
  packageVersion: '1.0',
  distribution: null,
  labels: { a: ['b'] },
  blueprintLabels: null,
  resourceTags: null,
};

class FakePlugins extends PluginCatalogue {
  readonly asked: string[] = [];
  size = 10;

  override named(_ctx: TenantCtx, name: string): Promise<readonly CataloguePlugin[]> {
    this.asked.push(name);
    return Promise.resolve(name === PLUGIN.packageName ? [PLUGIN] : []);
  }
  override yaml(_ctx: TenantCtx, id: string, version: string): Promise<Uint8Array | null> {
    this.asked.push(`${id} ${version}`);
    return Promise.resolve(version === '1_0' ? null : Buffer.alloc(this.size));
  }
}

const row = (changes: Partial<BlueprintRow>): BlueprintRow =>
  ({ storageId: '7', id: 'lib', state: 'uploaded', mainFileName: 'lib.yaml', ...changes }) as BlueprintRow;

interface World {
  readonly session: ImportSession;
  readonly plugins: FakePlugins;
  readonly looked: string[];
}

function world(rows: readonly BlueprintRow[] = [row({})]): World {
  const plugins = new FakePlugins();
  const looked: string[] = [];
  const session = new ImportSession(ctx, {
    urls: { fetch: (url) => Promise.resolve<Answer>({ kind: 'absent', reason: url }) },
    plugins,
    blueprint: (id) => {
      looked.push(id);
      return Promise.resolve(rows.find((one) => one.id === id) ?? null);
    },
    source: () => ({
      read: (path) =>
        Promise.resolve(path === 'lib.yaml' ? Buffer.from('x') : path === 'big.yaml' ? 'too-large' : 'absent'),
    }),
  });
  return { session, plugins, looked };
}

describe('imports of plugins', () => {
  it('are those that the caller may see, by name, then by the id that was told', async () => {
    const { session } = world();
    expect(await session.answer({ kind: 'plugins', name: 'my-plugin' }, never)).toEqual({
      kind: 'plugins',
      plugins: [
        {
          id: 'p-1',
          name: 'my-plugin',
          version: '1.0',
          distribution: null,
          labels: '{"a":["b"]}',
          blueprintLabels: null,
          resourceTags: null,
        },
      ],
    });
    expect(await session.answer({ kind: 'plugin-yaml', id: 'p-1', version: '1_4' }, never)).toMatchObject({
      kind: 'bytes',
    });
    expect(await session.answer({ kind: 'plugin-yaml', id: 'p-1', version: '1_0' }, never)).toMatchObject({
      kind: 'absent',
    });
  });

  it('are not fetched by an id that nobody told, nor by a name that is none, nor beyond their size', async () => {
    const { session, plugins } = world();
    expect(await session.answer({ kind: 'plugin-yaml', id: 'p-1', version: '1_4' }, never)).toMatchObject({
      kind: 'absent',
    });
    expect(await session.answer({ kind: 'plugins', name: 'x'.repeat(257) }, never)).toEqual({
      kind: 'plugins',
      plugins: [],
    });
    expect(plugins.asked).toEqual([]);
    await session.answer({ kind: 'plugins', name: 'my-plugin' }, never);
    plugins.size = MAX_SOURCE_BYTES + 1;
    expect(await session.answer({ kind: 'plugin-yaml', id: 'p-1', version: '1_4' }, never)).toMatchObject({
      kind: 'absent',
    });
  });
});

describe('imports of the catalogue', () => {
  it('are visible blueprints that are uploaded; each is looked up once', async () => {
    const { session, looked } = world();
    expect(await session.answer({ kind: 'blueprint', id: 'lib' }, never)).toEqual({
      kind: 'blueprint',
      mainFile: 'lib.yaml',
    });
    await session.answer({ kind: 'blueprint', id: 'lib' }, never);
    expect(looked).toEqual(['lib']);
    expect(await session.answer({ kind: 'blueprint-file', id: 'lib', path: 'lib.yaml' }, never)).toMatchObject({
      kind: 'bytes',
    });
    expect(session.storageIds(['lib', 'never-asked'])).toEqual(['7']);
  });

  it('that are hidden, absent, not uploaded or no names at all are told apart by nobody', async () => {
    const { session, looked } = world([row({ id: 'busy', state: 'parsing' }), row({ id: 'odd', mainFileName: null })]);
    const answers = await Promise.all(
      ['absent', 'busy', 'odd', '../x', '', 'x'.repeat(300)].map((id) =>
        session.answer({ kind: 'blueprint', id }, never),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(looked).toEqual(['absent', 'busy', 'odd']);
    expect(session.storageIds(['busy', 'odd'])).toEqual([]);
  });

  it('give no file of a blueprint that was not asked for first, and none that is missing or too large', async () => {
    const { session } = world();
    const file = (id: string, path: string): Promise<Answer> =>
      session.answer({ kind: 'blueprint-file', id, path }, never);
    expect(await file('lib', 'lib.yaml')).toMatchObject({ kind: 'absent' });
    await session.answer({ kind: 'blueprint', id: 'lib' }, never);
    expect(await file('lib', 'none.yaml')).toMatchObject({ kind: 'absent' });
    expect(await file('lib', 'big.yaml')).toMatchObject({ kind: 'absent', reason: expect.stringContaining('larger') });
  });
});

it('imports by URL are asked for as they are', async () => {
  const { session } = world();
  expect(await session.answer({ kind: 'url', url: 'https://a.example' }, never)).toEqual({
    kind: 'absent',
    reason: 'https://a.example',
  });
});
