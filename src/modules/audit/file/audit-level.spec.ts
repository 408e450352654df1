import { AUDIT_LEVELS, isLetIn, levelOf, type Leveled } from './audit-level.js';

const record = (changes: Partial<Leveled>): Leveled => ({
  action: 'secret.create',
  operation: 'create',
  outcome: 'success',
  refTable: 'secrets',
  ...changes,
});

describe('levelOf', () => {
  it.each<[string, Partial<Leveled>, string]>([
    ['a change', {}, 'INFO'],
    ['a login', { action: 'login.basic', operation: 'login' }, 'INFO'],
    ['a bad login', { action: 'login.basic', operation: 'login', outcome: 'failure' }, 'WARNING'],
    ['a refusal', { action: 'request.denied', operation: 'denied', outcome: 'denied' }, 'WARNING'],
    ['the value of a secret read', { action: 'secret.read', operation: 'read' }, 'INFO'],
    ['another read', { action: 'blueprint.read', operation: 'read', refTable: 'blueprints' }, 'DEBUG'],
    ['records removed', { action: 'audit.remove', operation: 'other', refTable: null }, 'WARNING'],
    ['a change that failed', { operation: 'other', outcome: 'failure' }, 'ERROR'],
    ['a stored value that does not open', { action: 'vault.integrity_failure', outcome: 'failure' }, 'CRITICAL'],
  ])('of %s', (_what, changes, level) => {
    expect(levelOf(record(changes))).toBe(level);
  });
});

describe('isLetIn', () => {
  it('lets in the level and everything louder', () => {
    expect(AUDIT_LEVELS.map((setting) => AUDIT_LEVELS.filter((level) => isLetIn(level, setting)).length)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });
});
