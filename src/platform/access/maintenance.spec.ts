import { blocksInMaintenance } from './maintenance.js';

describe('what maintenance mode stops', () => {
  it.each(['secrets/key', 'user', 'tokens', 'license-check', 'blueprints', 'configuration', 'status2', ''])(
    'is %j while it is on',
    (path) => {
      expect(blocksInMaintenance('activated', 'GET', path)).toBe(true);
      expect(blocksInMaintenance('deactivated', 'GET', path)).toBe(false);
    },
  );

  it.each([
    'config',
    'config/rest.default_page_size',
    'maintenance/deactivate',
    'snapshots/one/restore',
    'ok',
    'file-server-auth',
  ])('is not %j', (path) => {
    expect(blocksInMaintenance('activated', 'POST', path)).toBe(false);
  });

  it.each([
    ['PUT', 'snapshots/one'],
    ['POST', 'executions'],
    ['PUT', 'deployments/one'],
    ['PATCH', 'deployments/one'],
    ['POST', 'deployment-modifications'],
    ['POST', 'snapshots/one/restore'],
    ['GET', 'snapshots/one/restore'],
  ])('is new work while it is coming: %s %s', (method, path) => {
    expect(blocksInMaintenance('activating', method, path)).toBe(true);
  });

  it.each([
    ['GET', 'executions'],
    ['DELETE', 'deployments/one'],
    ['POST', 'executions/one'],
    ['PATCH', 'executions/one'],
    ['PUT', 'secrets/key'],
    ['PUT', 'snapshots/one/archive'],
  ])('is nothing else then: %s %s', (method, path) => {
    expect(blocksInMaintenance('activating', method, path)).toBe(false);
  });
});
