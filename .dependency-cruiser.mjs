/**
 * The map of ARCHITECTURE.md as rules. Ranks: a module may import only modules of a lower rank
 * (their *.module.ts, *.service.ts and view types), platform and core.
 */
const RANKS = [
  ['tenants', 'secrets', 'plugins', 'cluster', 'audit', 'settings'],
  ['users', 'blueprints'],
  ['groups', 'deployments'],
  ['auth', 'executions'],
  ['snapshots'],
];

const rankRules = RANKS.flatMap((names, rank) => {
  const higherOrEqual = RANKS.slice(rank).flat();
  return names.map((name) => ({
    name: `rank-${rank}-${name}`,
    comment: `modules/${name} has rank ${rank}: it may import lower ranks only. Turn the arrow round: a foreign key, an outbox event or a port in platform.`,
    severity: 'error',
    from: { path: `^src/modules/${name}/` },
    to: { path: `^src/modules/(${higherOrEqual.filter((other) => other !== name).join('|') || 'none'})/` },
  }));
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle means that the map is wrong. Redraw it.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-is-quiet',
      comment: 'core is plain TypeScript: pass values in; let the shell do I/O, time and randomness.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(platform|modules|cli)/|^node_modules/(@nestjs|typeorm|pg|fastify)/' },
    },
    {
      name: 'core-has-no-io',
      comment: 'core may use node:crypto for deterministic primitives; nothing that touches the world.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|assert|util)$' },
    },
    {
      name: 'platform-knows-no-module',
      comment:
        'platform serves every feature and knows none: declare a port in platform and let the module provide it.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(modules|cli)/|^src/app\\.module' },
    },
    {
      name: 'nobody-imports-the-app-module',
      comment: 'Only the programs that start the application know all of it.',
      severity: 'error',
      from: { pathNot: '^src/(main|app\\.module|bootstrap|cli)|^test/|^bench/' },
      to: { path: '^src/app\\.module' },
    },
    {
      name: 'foreign-module-internals',
      comment:
        'From another module import its *.module.ts, *.service.ts and view types; entity and repository are private.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: { path: '^src/modules/([^/]+)/', pathNot: ['^src/modules/$1/', '\\.(module|service|view|port)\\.ts$'] },
    },
    {
      name: 'typeorm-stays-in-the-cellar',
      comment:
        'typeorm is imported in entities, repositories, migrations, platform/database and test support only. This list only shrinks.',
      severity: 'error',
      from: { path: '^src/', pathNot: '(\\.entity|\\.repository)\\.ts$|^src/migrations/|^src/platform/database/' },
      to: { path: '^node_modules/typeorm/' },
    },
    {
      name: 'no-barrels',
      comment: 'Import the file that has the thing.',
      severity: 'error',
      from: {},
      to: { path: '^src/.*/index\\.ts$' },
    },
    ...rankRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
