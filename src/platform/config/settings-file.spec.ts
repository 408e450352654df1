import { getMetadataStorage } from 'class-validator';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AppConfig } from './config.js';
import { loadConfig, settingName } from './load-config.js';

const FILE = join(import.meta.dirname, '..', '..', '..', 'config', 'holdfast.yaml');
const SETTING = /^#([a-z]\w*):/;

const lines = readFileSync(FILE, 'utf8').split('\n');
const uncommented = lines.map((line) => (SETTING.test(line) ? line.slice(1) : line)).join('\n');
const names = lines.flatMap((line) => SETTING.exec(line)?.[1] ?? []);
const defaults: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(new AppConfig()).map(([key, value]) => [settingName(key as keyof AppConfig), value]),
);

/** The paragraph above a setting; settings that stand together share one. */
function explanationOf(name: string): string {
  const at = lines.findIndex((line) => line.startsWith(`#${name}:`));
  const start = lines.slice(0, at).lastIndexOf('') + 1;
  return lines
    .slice(start, at)
    .filter((line) => !SETTING.test(line))
    .join(' ')
    .replaceAll('# ', '');
}

/** What a decorator of the class demands, by the setting's name. */
function rulesOf(kind: string): { readonly name: string; readonly limit: unknown }[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(AppConfig, '', false, false)
    .filter((rule) => rule.name === kind)
    .map((rule) => ({
      name: settingName(rule.propertyName as keyof AppConfig),
      limit: (rule.constraints as readonly unknown[])[0],
    }));
}

describe('config/holdfast.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has every setting once, and no other', () => {
    expect(names.toSorted()).toEqual(Object.keys(defaults).toSorted());
  });

  it('says the defaults that the program has', () => {
    expect(parse(uncommented)).toEqual(defaults);
  });

  it('changes nothing, neither as it is nor with every setting uncommented', () => {
    const file = join(folder, 'uncommented.yaml');
    writeFileSync(file, uncommented);
    expect(loadConfig({ file, env: {} })).toEqual(new AppConfig());
    expect(loadConfig({ file: FILE, env: {} })).toEqual(new AppConfig());
  });

  it('explains every setting', () => {
    expect(names.filter((name) => !/\w.*[.:)]/.test(explanationOf(name)))).toEqual([]);
  });

  it('gives the range of every number', () => {
    const largest = new Map(rulesOf('max').map(({ name, limit }) => [name, limit]));
    const unexplained = rulesOf('min').filter(
      ({ name, limit }) => !explanationOf(name).includes(`${String(limit)} to ${String(largest.get(name))}`),
    );
    expect(unexplained).toEqual([]);
    expect(largest.size).toBeGreaterThan(0);
  });

  it('names every value of a choice', () => {
    const choices = rulesOf('isIn').flatMap(({ name, limit }) =>
      (limit as readonly string[]).map((value) => ({ name, value })),
    );
    expect(choices.filter(({ name, value }) => !explanationOf(name).includes(value))).toEqual([]);
    expect(choices.length).toBeGreaterThan(0);
  });
});
