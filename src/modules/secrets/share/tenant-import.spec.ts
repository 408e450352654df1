import { NO_PERMISSIONS } from '../../../core/access/actor.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { OwnSecret } from './secret-share.repository.js';
import { planTenant, type OpenedEntry, type TenantState } from './tenant-import.js';

const ADA = 7;
const BOB = 8;
const TENANT = { id: 3, name: 'blue' };

const ctx = (isAdministrator = false): TenantCtx => ({
  actor: {
    userId: ADA,
    username: 'ada',
    isBootstrapAdmin: false,
    authMethod: 'token',
    identitySource: 'local',
    systemRole: 'default',
    permissions: NO_PERMISSIONS,
    systemPermissions: NO_PERMISSIONS,
  },
  tenantId: TENANT.id,
  tenantName: TENANT.name,
  requestId: 'r',
  sourceAddress: null,
  reach: { tenantIds: [TENANT.id], administeredTenantIds: isAdministrator ? [TENANT.id] : [] },
});

const entry = (more: Partial<OpenedEntry> = {}): OpenedEntry => ({
  index: 0,
  key: 'k',
  tenant: TENANT,
  visibility: 'tenant',
  isHiddenValue: false,
  value: 'new',
  options: null,
  isEncrypted: false,
  creator: null,
  createdAt: null,
  updatedAt: null,
  ownerId: ADA,
  ...more,
});
const own = (more: Partial<OwnSecret> = {}): OwnSecret => ({
  id: 'row',
  key: 'k',
  creator_id: BOB,
  visibility: 'tenant',
  is_hidden_value: false,
  schema: null,
  ...more,
});
const empty: TenantState = { taken: new Map(), own: new Map() };
const holding = (secret: OwnSecret): TenantState => ({
  taken: new Map([['k', { here: true, elsewhere: false, globalElsewhere: false }]]),
  own: new Map([['k', secret]]),
});

const elsewhere = (globalElsewhere: boolean): TenantState => ({
  taken: new Map([['k', { here: false, elsewhere: true, globalElsewhere }]]),
  own: new Map(),
});

describe('the plan of an import in one tenant', () => {
  it('creates what is not there', () => {
    const plan = planTenant(ctx(), [entry()], empty, false);
    expect(plan.writes).toEqual([{ entry: entry(), existing: null, text: 'new' }]);
    expect([plan.collisions.size, plan.faults.size]).toEqual([0, 0]);
  });

  it('reports what is there, and overrides it only when told to', () => {
    const kept = planTenant(ctx(), [entry()], holding(own()), false);
    expect([kept.writes, [...kept.collisions], [...kept.faults]]).toEqual([[], ['k'], []]);
    const changed = planTenant(ctx(), [entry()], holding(own()), true);
    expect(changed.writes).toEqual([{ entry: entry(), existing: own(), text: 'new' }]);
    expect([...changed.collisions]).toEqual(['k']);
  });

  it.each<[string, OwnSecret, Partial<OpenedEntry>, string]>([
    ['a hidden value of somebody else', own({ is_hidden_value: true }), {}, 'is_hidden_value'],
    ['the hidden flag of somebody else', own(), { isHiddenValue: true }, 'is_hidden_value'],
    ['what it would lose sight of', own(), { visibility: 'private' }, 'visibility'],
    ['a schema that refuses', own({ schema: { type: 'array' } }), { value: '{}' }, 'value'],
    ['a schema, with text that is no JSON', own({ schema: { type: 'array' } }), { value: 'x' }, 'value'],
  ])('does not override %s', (_what, secret, more, fault) => {
    const plan = planTenant(ctx(), [entry(more)], holding(secret), true);
    expect(plan.writes).toEqual([]);
    expect(Object.keys(plan.faults.get(0) ?? {})).toEqual([fault]);
  });

  it('lets owners and administrators override hidden ones', () => {
    const secret = own({ is_hidden_value: true });
    expect(planTenant(ctx(true), [entry({ visibility: 'private' })], holding(secret), true).writes).toHaveLength(1);
    const mine = own({ is_hidden_value: true, creator_id: ADA });
    expect(planTenant(ctx(), [entry({ visibility: 'private' })], holding(mine), true).writes).toHaveLength(1);
  });

  it('does not touch what is there and out of sight', () => {
    const state = { ...holding(own()), own: new Map() };
    const plan = planTenant(ctx(), [entry()], state, true);
    expect([[...plan.collisions], Object.keys(plan.faults.get(0) ?? {})]).toEqual([['k'], ['key']]);
  });

  it('knows that global keys are taken everywhere', () => {
    const global = planTenant(ctx(), [entry()], elsewhere(true), true);
    expect([[...global.collisions], Object.keys(global.faults.get(0) ?? {})]).toEqual([['k'], ['visibility']]);
    const widening = planTenant(ctx(), [entry({ visibility: 'global' })], elsewhere(false), true);
    expect([[...widening.collisions], Object.keys(widening.faults.get(0) ?? {})]).toEqual([[], ['visibility']]);
    expect(planTenant(ctx(), [entry()], elsewhere(false), false).writes).toHaveLength(1);
  });

  it('gives no private secret to another owner whom the importer cannot look over', () => {
    const plan = planTenant(ctx(), [entry({ ownerId: BOB, visibility: 'private' })], empty, false);
    expect(Object.keys(plan.faults.get(0) ?? {})).toEqual(['visibility']);
  });

  it('lets the second of two equal keys meet the first', () => {
    const pair = [entry({ value: 'first' }), entry({ index: 1, value: 'second', isHiddenValue: true })];
    expect(planTenant(ctx(), pair, empty, false).writes.map(({ text }) => text)).toEqual(['first']);
    const overridden = planTenant(ctx(), pair, empty, true);
    expect(overridden.writes.map(({ text, existing }) => [text, existing])).toEqual([['second', null]]);
    expect([...overridden.collisions]).toEqual(['k']);
  });

  it('judges the second by what the first made of it', () => {
    const pair = [entry({ ownerId: BOB, isHiddenValue: true }), entry({ index: 1, value: 'second' })];
    const plan = planTenant(ctx(), pair, empty, true);
    expect(plan.writes.map(({ text }) => text)).toEqual(['new']);
    expect(Object.keys(plan.faults.get(1) ?? {})).toEqual(['is_hidden_value']);
  });
});
