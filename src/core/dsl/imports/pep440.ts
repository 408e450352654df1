/** Versions and version specifiers of Python packages (PEP 440), as plugins and their imports use them. */
export interface Version {
  /** The normal form, `1!2.0rc1.post2.dev3+local.1`. */
  readonly text: string;
  readonly epoch: bigint;
  readonly release: readonly bigint[];
  readonly pre: readonly ['a' | 'b' | 'rc', bigint] | null;
  readonly post: bigint | null;
  readonly dev: bigint | null;
  readonly local: readonly (bigint | string)[] | null;
}

type SpecifierOperator = '~=' | '==' | '!=' | '<=' | '>=' | '<' | '>' | '===';

export type Specifier =
  | { readonly operator: '==='; readonly text: string }
  | {
      readonly operator: Exclude<SpecifierOperator, '==='>;
      readonly version: Version;
      /** `== 1.4.*`, `!= 1.4.*` */
      readonly wildcard: boolean;
    };

const MAX_LENGTH = 256;

const VERSION =
  /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<letter>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre>\d*))?(?:-(?<bare>\d+)|[-_.]?(?<after>post|rev|r)[-_.]?(?<post>\d*))?(?:[-_.]?(?<early>dev)[-_.]?(?<dev>\d*))?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const LETTERS: ReadonlyMap<string, 'a' | 'b' | 'rc'> = new Map([
  ['a', 'a'],
  ['alpha', 'a'],
  ['b', 'b'],
  ['beta', 'b'],
  ['c', 'rc'],
  ['rc', 'rc'],
  ['pre', 'rc'],
  ['preview', 'rc'],
] as const);

const SPECIFIER = /^(?<operator>===|~=|==|!=|<=|>=|<|>)\s*(?<version>\S+)$/;

/** The version that a text spells, or null when it spells none. */
export function parseVersion(text: string): Version | null {
  const found = text.length > MAX_LENGTH ? null : VERSION.exec(text.trim().toLowerCase());
  if (found?.groups === undefined) {
    return null;
  }
  const { epoch, release, letter, pre, bare, after, post, early, dev, local } = found.groups;
  const kind = letter === undefined ? undefined : LETTERS.get(letter);
  const parts = {
    epoch: BigInt(epoch ?? '0'),
    release: (release ?? '0').split('.').map(BigInt),
    pre: kind === undefined ? null : ([kind, numberOf(pre)] as const),
    post: bare === undefined && after === undefined ? null : numberOf(bare ?? post),
    dev: early === undefined ? null : numberOf(dev),
    local: local === undefined ? null : local.split(/[-_.]/).map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)),
  };
  return { ...parts, text: normalForm(parts) };
}

/** Below zero, zero or above as in sorting: development < pre-release < release < post-release < local version. */
export function compareVersions(left: Version, right: Version): number {
  return (
    sign(left.epoch, right.epoch) ||
    compareReleases(left.release, right.release) ||
    comparePre(left, right) ||
    sign(left.post ?? -1n, right.post ?? -1n) ||
    compareDev(left.dev, right.dev) ||
    compareLocals(left.local, right.local)
  );
}

export function isPreRelease(version: Version): boolean {
  return version.pre !== null || version.dev !== null;
}

/**
 * A comma-separated list of specifiers; an item without an operator means exactly that version (dsl.md §5.3).
 * Null when an item is empty or malformed.
 */
export function parseSpecifiers(text: string): readonly Specifier[] | null {
  const specifiers: Specifier[] = [];
  for (const item of text.split(',')) {
    const specifier = parseSpecifier(item.trim());
    if (specifier === null) {
      return null;
    }
    specifiers.push(specifier);
  }
  return specifiers;
}

/** Whether a version (as its owner wrote it) meets them all; pre-releases count only if asked for, here or there. */
export function satisfies(written: string, specifiers: readonly Specifier[], preReleases = false): boolean {
  const version = parseVersion(written);
  const text = written.trim().toLowerCase();
  if (version === null) {
    return specifiers.every((specifier) => specifier.operator === '===' && specifier.text === text);
  }
  if (isPreRelease(version) && !preReleases && !specifiers.some(asksForPreReleases)) {
    return false;
  }
  return specifiers.every((specifier) =>
    specifier.operator === '==='
      ? specifier.text === text || specifier.text === version.text
      : meets(version, specifier.operator, specifier),
  );
}

function parseSpecifier(item: string): Specifier | null {
  const written = /^[<>=!~]/.test(item) ? item : `===${item}`;
  const found = item.length > MAX_LENGTH ? null : SPECIFIER.exec(written);
  if (found?.groups === undefined) {
    return null;
  }
  const operator = found.groups['operator'] as SpecifierOperator;
  const text = (found.groups['version'] ?? '').toLowerCase();
  if (operator === '===') {
    return { operator, text };
  }
  const equality = operator === '==' || operator === '!=';
  const wildcard = equality && text.endsWith('.*');
  const version = parseVersion(wildcard ? text.slice(0, -2) : text);
  if (version === null || (version.local !== null && (!equality || wildcard))) {
    return null;
  }
  const tooShort = operator === '~=' && version.release.length < 2;
  const suffixed = wildcard && (version.pre !== null || version.post !== null || version.dev !== null);
  return tooShort || suffixed ? null : { operator, version, wildcard };
}

function meets(
  version: Version,
  operator: Exclude<SpecifierOperator, '==='>,
  wanted: { readonly version: Version; readonly wildcard: boolean },
): boolean {
  const order = compareVersions(withoutLocal(version), wanted.version);
  switch (operator) {
    case '==':
      return isEqual(version, wanted);
    case '!=':
      return !isEqual(version, wanted);
    case '~=':
      return order >= 0 && startsWith(version, { ...wanted.version, release: wanted.version.release.slice(0, -1) });
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '<':
      // A pre-release of the very version is not "before" it, unless that is a pre-release too.
      return (
        order < 0 && !(isPreRelease(version) && !isPreRelease(wanted.version) && sameBase(version, wanted.version))
      );
    case '>':
      return order > 0 && !(version.post !== null && wanted.version.post === null && sameBase(version, wanted.version));
  }
}

function isEqual(version: Version, wanted: { readonly version: Version; readonly wildcard: boolean }): boolean {
  if (wanted.wildcard) {
    return startsWith(version, wanted.version);
  }
  const compared = wanted.version.local === null ? withoutLocal(version) : version;
  return compareVersions(compared, wanted.version) === 0;
}

function startsWith(version: Version, prefix: Pick<Version, 'epoch' | 'release'>): boolean {
  return (
    version.epoch === prefix.epoch && prefix.release.every((part, index) => part === (version.release[index] ?? 0n))
  );
}

function sameBase(left: Version, right: Version): boolean {
  return left.epoch === right.epoch && compareReleases(left.release, right.release) === 0;
}

function withoutLocal(version: Version): Version {
  return version.local === null ? version : { ...version, local: null };
}

function asksForPreReleases(specifier: Specifier): boolean {
  if (specifier.operator === '===') {
    const version = parseVersion(specifier.text);
    return version !== null && isPreRelease(version);
  }
  const inclusive = specifier.operator !== '!=' && specifier.operator !== '<' && specifier.operator !== '>';
  return inclusive && isPreRelease(specifier.version);
}

function numberOf(digits: string | undefined): bigint {
  return BigInt(digits === undefined || digits === '' ? '0' : digits);
}

function normalForm(parts: Omit<Version, 'text'>): string {
  return [
    parts.epoch === 0n ? '' : `${String(parts.epoch)}!`,
    parts.release.join('.'),
    parts.pre === null ? '' : `${parts.pre[0]}${String(parts.pre[1])}`,
    parts.post === null ? '' : `.post${String(parts.post)}`,
    parts.dev === null ? '' : `.dev${String(parts.dev)}`,
    parts.local === null ? '' : `+${parts.local.join('.')}`,
  ].join('');
}

function sign(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareReleases(left: readonly bigint[], right: readonly bigint[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = sign(left[index] ?? 0n, right[index] ?? 0n);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

/** A bare development release comes before every pre-release, a release after them all. */
function comparePre(left: Version, right: Version): number {
  const [leftRank, rightRank] = [preRank(left), preRank(right)];
  return leftRank - rightRank || sign(left.pre?.[1] ?? 0n, right.pre?.[1] ?? 0n);
}

function preRank(version: Version): number {
  if (version.pre !== null) {
    return { a: 1, b: 2, rc: 3 }[version.pre[0]];
  }
  return version.post === null && version.dev !== null ? 0 : 4;
}

function compareDev(left: bigint | null, right: bigint | null): number {
  if (left === null || right === null) {
    return Number(left === null) - Number(right === null);
  }
  return sign(left, right);
}

function compareLocals(left: Version['local'], right: Version['local']): number {
  if (left === null || right === null) {
    return Number(left !== null) - Number(right !== null);
  }
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) {
      return 1;
    }
    const order = compareLocalParts(part, other);
    if (order !== 0) {
      return order;
    }
  }
  return left.length - right.length;
}

/** Numbers come after words. */
function compareLocalParts(left: bigint | string, right: bigint | string): number {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return sign(left, right);
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return typeof left === 'bigint' ? 1 : -1;
}
