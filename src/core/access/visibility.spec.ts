import { IllegalActionError } from '../errors/app-error.js';
import { assertNotNarrower, canSee, isVisibility, VISIBILITIES, type OwnedRow, type Reach } from './visibility.js';

const [HERE, THERE, ME, OTHER] = [1, 2, 10, 20] as const;
const row = (changes: Partial<OwnedRow>): OwnedRow => ({
  tenantId: HERE,
  ownerId: OTHER,
  visibility: 'tenant',
  ...changes,
});
const member: Reach = { tenantIds: [HERE], administeredTenantIds: [] };
const manager: Reach = { tenantIds: [HERE], administeredTenantIds: [HERE] };

describe('who sees a row', () => {
  it.each([
    ['a member sees what is for the tenant', member, row({}), true],
    ['a member sees no private row of another', member, row({ visibility: 'private' }), false],
    ['an owner sees their private row', member, row({ visibility: 'private', ownerId: ME }), true],
    ['a manager sees private rows of others', manager, row({ visibility: 'private' }), true],
    ['nobody sees rows of a tenant out of reach', manager, row({ tenantId: THERE }), false],
    [
      'an owner does not, either, out of reach',
      member,
      row({ tenantId: THERE, visibility: 'private', ownerId: ME }),
      false,
    ],
    ['everybody sees what is global', member, row({ tenantId: THERE, visibility: 'global' }), true],
    [
      'rights of one tenant are none in another',
      { tenantIds: [HERE, THERE], administeredTenantIds: [HERE] },
      row({ tenantId: THERE, visibility: 'private' }),
      false,
    ],
    ['without a reach there are global rows alone', { tenantIds: [], administeredTenantIds: [] }, row({}), false],
  ] as const)('%s', (_what, reach, owned, expected) => {
    expect(canSee(ME, reach, owned)).toBe(expected);
  });

  it('is not widened by administering a tenant that is not reached', () => {
    const reach: Reach = { tenantIds: [HERE], administeredTenantIds: [HERE, THERE] };
    expect(canSee(ME, reach, row({ tenantId: THERE, visibility: 'private' }))).toBe(false);
    expect(canSee(ME, reach, row({ tenantId: THERE }))).toBe(false);
  });
});

describe('visibility', () => {
  it.each([
    ['private', 'private'],
    ['private', 'tenant'],
    ['private', 'global'],
    ['tenant', 'tenant'],
    ['tenant', 'global'],
    ['global', 'global'],
  ] as const)('may go from %s to %s', (current, next) => {
    expect(() => assertNotNarrower('id', current, next)).not.toThrow();
  });

  it.each([
    ['global', 'tenant'],
    ['global', 'private'],
    ['tenant', 'private'],
  ] as const)('may not go from %s to %s', (current, next) => {
    expect(() => assertNotNarrower('id', current, next)).toThrow(IllegalActionError);
  });

  it('is one of three words', () => {
    expect(VISIBILITIES.every(isVisibility)).toBe(true);
    expect(['Private', '', 'public', null, 0, ['tenant'], undefined].some(isVisibility)).toBe(false);
  });
});
