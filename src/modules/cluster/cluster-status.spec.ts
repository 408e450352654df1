import { clusterStatus, managerStatus } from './cluster-status.js';
import type { ServiceState } from './status.service.js';

const NODE = { hostname: 'holdfast-1', privateAddress: '10.0.0.1', publicAddress: '192.0.2.1', version: '7.1.0' };
const SERVICES: readonly ServiceState[] = [
  { name: 'Webserver', node: 'manager', isActive: true, isRemote: false },
  { name: 'Management Worker', node: 'manager', isActive: true, isRemote: true },
  { name: 'PostgreSQL', node: 'db', isActive: true, isRemote: false },
];
const FULL = { isSummary: false, isDatabaseExternal: false };

function without(name: string): ServiceState[] {
  return SERVICES.map((service) => (service.name === name ? { ...service, isActive: false } : service));
}

describe('the status of the manager', () => {
  it('lists each service', () => {
    expect(managerStatus(SERVICES, false)).toEqual({
      status: 'OK',
      services: {
        Webserver: { status: 'Active', is_remote: false, extra_info: {} },
        'Management Worker': { status: 'Active', is_remote: true, extra_info: {} },
        PostgreSQL: { status: 'Active', is_remote: false, extra_info: {} },
      },
    });
  });

  it('fails with any inactive service, also in a summary', () => {
    expect(managerStatus(without('Management Worker'), true)).toEqual({ status: 'Fail', services: {} });
  });
});

describe('the status of the cluster', () => {
  it('puts every service on the one node of its kind', () => {
    const { status, services } = clusterStatus(SERVICES, NODE, FULL);
    expect(status).toBe('OK');
    expect(Object.keys(services['manager']?.nodes['holdfast-1']?.services ?? {})).toEqual([
      'Webserver',
      'Management Worker',
    ]);
    expect(Object.keys(services['db']?.nodes['holdfast-1']?.services ?? {})).toEqual(['PostgreSQL']);
    expect(services['manager']?.nodes['holdfast-1']).toMatchObject({
      version: '7.1.0',
      public_ip: '192.0.2.1',
      private_ip: '10.0.0.1',
      failures: [],
    });
  });

  it('does not fail for want of a broker, which a single machine needs none of', () => {
    expect(clusterStatus(SERVICES, NODE, FULL).services['broker']).toEqual({
      status: 'OK',
      is_external: false,
      nodes: {},
    });
  });

  it('names what does not run, on the node where it should', () => {
    const { status, services } = clusterStatus(without('PostgreSQL'), NODE, { ...FULL, isDatabaseExternal: true });
    expect(status).toBe('Fail');
    expect(services['db']).toMatchObject({ status: 'Fail', is_external: true });
    expect(services['db']?.nodes['holdfast-1']?.failures).toEqual(['PostgreSQL is not running.']);
    expect(services['manager']?.status).toBe('OK');
  });

  it('shows names and states where clients look for them', () => {
    const { services } = clusterStatus(SERVICES, NODE, FULL);
    expect(services['manager']?.nodes['holdfast-1']?.services['Management Worker']).toEqual({
      status: 'Active',
      extra_info: {
        systemd: {
          instances: [{ Description: 'Management Worker', state: 'running', Id: 'management-worker' }],
          display_name: 'Management Worker',
          unit_id: 'management-worker',
        },
      },
    });
  });
});
