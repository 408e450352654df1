import { beginsWork, mayBeCalledByExecution } from './execution-routes.js';

describe('what an execution may call by its token', () => {
  it.each([
    ['POST', 'events'],
    ['PATCH', 'operations/:id'],
    ['PATCH', 'node-instances/:id'],
    ['GET', 'secrets/:key'],
    ['PUT', 'deployments/:deployment_id'],
    ['GET', 'file-server-auth'],
  ])('is %s %s', (method, path) => {
    expect(mayBeCalledByExecution(method, path)).toBe(true);
  });

  it.each([
    ['POST', 'tokens'],
    ['GET', 'tokens'],
    ['DELETE', 'tokens/:id'],
    ['PUT', 'users'],
    ['POST', 'users/:username'],
    ['GET', 'users'],
    ['POST', 'user-groups'],
    ['POST', 'tenants/:tenant_name'],
    ['PUT', 'tenants/users'],
    ['PUT', 'permissions/:role/:permission'],
    ['PUT', 'config/:name'],
    ['POST', 'maintenance/:action'],
    ['GET', 'audit'],
    ['GET', 'secrets/share/export'],
    ['POST', 'secrets/share/import'],
    ['DELETE', 'executions'],
    ['PUT', 'snapshots/:id'],
    ['GET', 'never-heard-of'],
  ])('is not %s %s', (method, path) => {
    expect(mayBeCalledByExecution(method, path)).toBe(false);
  });

  it('begins nothing new where it creates deployments or starts something', () => {
    expect(beginsWork('POST', 'executions')).toBe(true);
    expect(beginsWork('PUT', 'deployments/:id')).toBe(true);
    expect(beginsWork('POST', 'execution-groups')).toBe(true);
    expect(beginsWork('POST', 'executions/:id')).toBe(false);
    expect(beginsWork('PATCH', 'node-instances/:id')).toBe(false);
  });
});
