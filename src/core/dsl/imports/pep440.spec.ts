import { compareVersions, isPreRelease, parseSpecifiers, parseVersion, satisfies } from './pep440.js';

function versionOf(text: string) {
  const version = parseVersion(text);
  if (version === null) {
    throw new Error(`no version: ${text}`);
  }
  return version;
}

function meets(version: string, specifiers: string): boolean {
  const parsed = parseSpecifiers(specifiers);
  if (parsed === null) {
    throw new Error(`no specifiers: ${specifiers}`);
  }
  return satisfies(version, parsed);
}

describe('versions of Python packages', () => {
  it('sorts development, pre-release, release, post-release and local versions as PEP 440 does [§5.3]', () => {
    const sorted = [
      '0.9',
      '1.dev456',
      '1.0a1.dev1',
      '1.0a1',
      '1.0a2.dev456',
      '1.0a12',
      '1.0b1.dev456',
      '1.0b2',
      '1.0b2.post345.dev456',
      '1.0b2.post345',
      '1.0rc1.dev456',
      '1.0rc1',
      '1.0',
      '1.0+abc.5',
      '1.0+abc.7',
      '1.0+5',
      '1.0+5.1',
      '1.0.post456.dev34',
      '1.0.post456',
      '1.0.1',
      '1.1.dev1',
      '1.10',
      '1!0.1',
    ];
    const reversed = sorted.toReversed();
    expect(reversed.toSorted((left, right) => compareVersions(versionOf(left), versionOf(right)))).toEqual(sorted);
  });

  it.each([
    ['v1.0', '1.0'],
    ['1.0-ALPHA.1', '1.0a1'],
    ['1.0_beta', '1.0b0'],
    ['1.0c2', '1.0rc2'],
    ['1.0preview3', '1.0rc3'],
    ['1.0-1', '1.0.post1'],
    ['1.0.r4', '1.0.post4'],
    ['1.0-dev', '1.0.dev0'],
    ['1.0+Ubuntu-1_2', '1.0+ubuntu.1.2'],
    ['01.02', '1.2'],
  ])('reads %s as %s [§5.3]', (written, normal) => {
    expect(versionOf(written).text).toBe(normal);
  });

  it('takes 1.0 and 1.0.0 for the same version [§5.3]', () => {
    expect(compareVersions(versionOf('1.0'), versionOf('1.0.0'))).toBe(0);
  });

  it.each(['', 'x', '1.', '1..0', '1.0+', '1.0 beta', '1.0-', '-1', '1.0+a..b', `1.${'0'.repeat(300)}`])(
    'knows that %p is none [§5.3]',
    (text) => {
      expect(parseVersion(text)).toBeNull();
    },
  );

  it('counts development versions as pre-releases, post-releases not [§5.3]', () => {
    expect(['1.0rc1', '1.0.dev1', '1.0.post1', '1.0'].map((text) => isPreRelease(versionOf(text)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('version specifiers', () => {
  it.each([
    ['2.0', '>=1.0,<3'],
    ['1.0', '>=1.0'],
    ['1.0', '<=1.0'],
    ['1.0+local', '<=1.0'],
    ['1.0+local', '==1.0'],
    ['1.0+local', '==1.0+local'],
    ['1.0.0', '==1'],
    ['1.4.7', '==1.4.*'],
    ['1.4', '==1.4.0.*'],
    ['1.5', '!=1.4.*'],
    ['1.4.5', '~=1.4.2'],
    ['1.9', '~=1.4'],
    ['2.2.post4', '~=2.2.post3'],
    ['1.1', '>1.0'],
    ['1.0.post2', '>1.0.post1'],
    ['0.9', '<1.0'],
    ['1.0rc1', '<1.0rc2,>=0.1a1'],
    ['2.0rc1', '>=2.0b1'],
    ['1.0', '1.0'],
    ['1.0-CUSTOM_x', '1.0-custom_x'],
    ['1.0', ' === 1.0 , >= 0.5 '],
  ])('accepts %s for %s [§5.3]', (version, specifiers) => {
    expect(meets(version, specifiers)).toBe(true);
  });

  it.each([
    ['3.0', '>=1.0,<3'],
    ['1.0', '==1.0+local'],
    ['1.5', '==1.4.*'],
    ['1!1.4', '==1.4.*'],
    ['1.4.7', '!=1.4.*'],
    ['1.0.0', '!=1'],
    ['1.5.0', '~=1.4.2'],
    ['1.4.1', '~=1.4.2'],
    ['2.0', '~=1.4'],
    ['1.0.post1', '>1.0'],
    ['1.0+local', '>1.0'],
    ['1.0rc1', '<1.0'],
    ['2.0rc1', '>=1.0'],
    ['1.0.0', '1.0'],
    ['1.0-custom_x', '>=0.1'],
  ])('refuses %s for %s [§5.3]', (version, specifiers) => {
    expect(meets(version, specifiers)).toBe(false);
  });

  it.each(['', '>=1.0,,<2', '>=1.0,', '>>1', '=1.0', '~=1', '>=1.0.*', '>=1.0+local', '==1.0a1.*', '!', '>=', '>=a'])(
    'refuses the list %p [§5.3]',
    (text) => {
      expect(parseSpecifiers(text)).toBeNull();
    },
  );

  it('lets pre-releases pass where somebody asks for them [§5.3]', () => {
    expect(satisfies('2.0rc1', parseSpecifiers('>=1.0') ?? [], true)).toBe(true);
    expect(satisfies('2.0rc1', [], true)).toBe(true);
    expect(satisfies('2.0rc1', [])).toBe(false);
  });

  it('takes no time over texts that are made to be slow', () => {
    const started = process.cpuUsage().user;
    for (const text of [
      '1'.repeat(50_000),
      '1.'.repeat(50_000),
      `1.0a${'-'.repeat(50_000)}`,
      `>=${'1.0-'.repeat(50_000)}`,
    ]) {
      expect(parseVersion(text) === null || parseSpecifiers(text) === null).toBe(true);
    }
    expect(process.cpuUsage().user - started).toBeLessThan(10_000_000); // µs
  });
});
