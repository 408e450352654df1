/**
 * `npm run db:migration:new NAME`: writes src/migrations/<time>-<name>.ts and adds it to the list in all.ts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const name = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  process.stderr.write('Give the migration a name in kebab-case: npm run db:migration:new create-secret\n');
  process.exit(2);
}

const folder = path.join(root, 'src', 'migrations');
const list = path.join(folder, 'all.ts');
const source = readFileSync(list, 'utf8');
const known = [...source.matchAll(/'\.\/(\d{13})-/g)].map((match) => Number(match[1]));
const time = Math.max(Date.now(), ...known.map((other) => other + 1)); // after all others, whatever this clock says
const className = name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase()) + time;
const file = path.join(folder, `${time}-${name}.ts`);

const last = source.lastIndexOf("';\n", source.indexOf('export const ALL_MIGRATIONS')) + "';\n".length;
const end = source.lastIndexOf(']');
if (existsSync(file) || last < 3 || end < last) {
  process.stderr.write(`${list} does not look as expected; add the migration by hand.\n`);
  process.exit(1);
}

writeFileSync(
  file,
  `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(\`
    \`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`
    \`);
  }
}
`,
);
const entries = source.slice(0, end).trimEnd();
const separator = /[,[]$/.test(entries) ? '' : ',';
writeFileSync(
  list,
  `${entries.slice(0, last)}import { ${className} } from './${time}-${name}.js';\n${entries.slice(last)}${separator}\n  ${className},\n${source.slice(end)}`,
);
process.stdout.write(`${path.relative(root, file)}\n`);
