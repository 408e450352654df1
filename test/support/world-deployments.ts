import type { Answer } from './client.js';
import { BLUEPRINT_IDS } from './world-blueprints.js';
import { WIDTH, type ModelDeployment, type ModelExecution, type ModelOwned } from './world-model.js';
import { decide, firstOf, someTenant, when, type Maker, type Scene } from './world-scene.js';
import { NODES, WORKFLOW } from './world-deployment-lists.js';
import { VISIBILITIES } from './world-secrets.js';

/* Deployments, what is in them, what runs on them, and what that leaves behind (rest-api §1.14, §3.2, §3.6, §3.9, §3.10). */

const IDS = ['d1', 'd2', 'd3'];

export const createDeployment: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, from] = aimed(scene, model.allBlueprints(), BLUEPRINT_IDS);
  const key = random.pick(IDS);
  const visibility = random.pick(VISIBILITIES);
  let made: ModelDeployment | null = null;
  const status = (): number => {
    const shut = model.door(session, tenant, 'deployment_create', true);
    const place = tenant === null ? undefined : model.tenants.get(tenant);
    if (shut !== null || !place) return shut ?? 403;
    const blueprint = model.find(model.allBlueprints(), session.user, place.name, from);
    if (!blueprint) return 404;
    const isGlobal = visibility === 'global';
    return decide(
      firstOf(
        when(isGlobal && !model.holds(session.user, place.name, 'create_global_resource'), 403),
        when(WIDTH[visibility] > WIDTH[blueprint.visibility], isGlobal ? 403 : 400),
        when(!model.isFree(model.allDeployments(), place.name, key, visibility), 409),
      ),
      201,
      () => {
        made = { key, tenant: place.name, owner: session.user, visibility, blueprint, instances: [] };
        place.deployments.set(key, made);
      },
    );
  };
  return {
    text: `PUT /deployments/${key} of ${from} ${visibility} in ${tenant}`,
    status: status(),
    send: (client) => client.put(`/deployments/${key}`, { blueprint_id: from, visibility }, { tenant }),
  };
};

/** As a rule one that is there, and mostly where it is: otherwise most answers would be the same refusal. */
function aimed(scene: Scene, all: readonly ModelOwned[], ids: readonly string[]): [string | null, string] {
  const { random } = scene;
  if (all.length === 0 || random.chance(0.3)) return [someTenant(scene), random.pick(ids)];
  const thing = random.pick(all);
  return [random.chance(0.6) ? thing.tenant : someTenant(scene), thing.key];
}

type Judge = (deployment: ModelDeployment, tenant: string) => number;

/** A request about one deployment: door, then whether it is there; `judge` says the rest. */
function onDeployment(scene: Scene, tenant: string | null, key: string, permission: string, judge: Judge): number {
  const { model, session } = scene;
  const shut = model.door(session, tenant, permission, true);
  if (shut !== null || tenant === null) return shut ?? 403;
  const deployment = model.find(model.allDeployments(), session.user, tenant, key);
  return deployment ? judge(deployment, tenant) : 404;
}

/** One deployment, by one of the ways to look at it. */
export const showDeployment: Maker = (scene) => {
  const { random, model } = scene;
  const [tenant, key] = aimed(scene, model.allDeployments(), IDS);
  const [path, permission, read] = random.pick<readonly [string, string, (answer: Answer) => unknown]>([
    ['', 'deployment_get', ({ body }) => [body.tenant_name, body.visibility, body.created_by]],
    ['?include_workdir=true', 'deployment_get', ({ body }) => [body.tenant_name, body.visibility, body.created_by]],
    ['/capabilities', 'deployment_capabilities', ({ body }) => body.capabilities as unknown],
    ['/outputs', 'deployment_modification_outputs', ({ body }) => body.outputs as unknown],
  ]);
  let seen: unknown;
  const status = onDeployment(scene, tenant, key, permission, ({ tenant: home, visibility, owner }) => {
    seen = [home, visibility, owner.name];
    if (path === '/capabilities') seen = { greeting: 'hello' };
    if (path === '/outputs') seen = {};
    return 200;
  });
  return {
    text: `GET /deployments/${key}${path} in ${tenant}`,
    send: (client) => client.get(`/deployments/${key}${path}`, { tenant }),
    status,
    seen,
    read,
  };
};

export const setDeploymentVisibility: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key] = aimed(scene, model.allDeployments(), IDS);
  const visibility = random.pick(VISIBILITIES);
  const permission = 'deployment_set_visibility';
  const status = (): number =>
    onDeployment(scene, tenant, key, permission, (deployment, place) => {
      const becomesGlobal = visibility === 'global' && deployment.visibility !== 'global';
      const others = model.allDeployments().filter((other) => other !== deployment && other.key === key);
      return decide(
        firstOf(
          when(deployment.tenant !== place, 400),
          when(WIDTH[visibility] < WIDTH[deployment.visibility], 400),
          when(WIDTH[visibility] > WIDTH[deployment.blueprint.visibility], 400),
          when(becomesGlobal && !model.holds(session.user, place, 'create_global_resource'), 403),
          when(becomesGlobal && others.length > 0, 409),
        ),
        200,
        () => {
          deployment.visibility = visibility;
          for (const execution of model.allExecutions())
            if (execution.deployment === deployment) execution.visibility = visibility;
        },
      );
    });
  const shut = model.door(session, tenant, permission, true);
  return {
    text: `PATCH /deployments/${key}/set-visibility ${visibility} in ${tenant}`,
    send: (client) => client.patch(`/deployments/${key}/set-visibility`, { visibility }, { tenant }),
    status: shut ?? (visibility === 'private' ? 400 : status()),
  };
};

export const deleteDeployment: Maker = (scene) => {
  const { model, session } = scene;
  const [tenant, key] = aimed(scene, model.allDeployments(), IDS);
  return {
    text: `DELETE /deployments/${key} in ${tenant}`,
    send: async (client) => {
      const answer = await client.delete(`/deployments/${key}`, undefined, { tenant });
      if (answer.status === 204)
        await until(async () => (await client.get(`/deployments/${key}`, { tenant })).status === 404);
      return answer;
    },
    status: onDeployment(scene, tenant, key, 'deployment_delete', (deployment, place) =>
      decide(when(deployment.tenant !== place, 400), 204, () => {
        model.removeDeployment(deployment);
        model.tenants.get(place)?.remembered.add(session.user);
      }),
    ),
  };
};

// --- executions ----------------------------------------------------------------------------------------------------

const ENDED = ['terminated', 'failed', 'cancelled'];

export const startExecution: Maker = (scene) => {
  const { model, session } = scene;
  const [tenant, key] = aimed(scene, model.allDeployments(), IDS);
  const started: { deployment: ModelDeployment | null } = { deployment: null };
  const status = onDeployment(scene, tenant, key, 'execution_start', (deployment, place) => {
    const isForeign = deployment.tenant !== place;
    if (isForeign && !model.holds(session.user, place, 'execute_global_workflow')) return 403;
    started.deployment = deployment;
    return 201;
  });
  return {
    text: `POST /executions of ${key} in ${tenant}`,
    send: async (client) => {
      const body = { deployment_id: key, workflow_id: WORKFLOW, force: true };
      const answer = await client.post('/executions', body, { tenant });
      if (answer.status !== 201) return answer;
      const path = `/executions/${answer.body.id}`;
      await until(async () => ENDED.includes((await client.get(path, { tenant })).body.status as string));
      return answer;
    },
    status,
    read: ({ body }) => [body.tenant_name, body.visibility, body.created_by],
    seen: started.deployment && [started.deployment.tenant, started.deployment.visibility, session.user.name],
    learn: ({ body }) => {
      if (!started.deployment) return;
      const { tenant: home, visibility } = started.deployment;
      const id = body.id as string;
      const own = { key: id, tenant: home, owner: session.user, visibility };
      model.tenants.get(home)?.executions.set(id, { ...own, deployment: started.deployment, messages: [] });
    },
  };
};

const NONE = ['11111111-2222-4333-8444-555555555555'];

function onExecution(
  scene: Scene,
  tenant: string | null,
  id: string,
  permission: string,
  judge: (execution: ModelExecution, tenant: string) => number,
): number {
  const { model, session } = scene;
  const shut = model.door(session, tenant, permission, true);
  if (shut !== null || tenant === null) return shut ?? 403;
  const execution = model.find(model.allExecutions(), session.user, tenant, id);
  return execution ? judge(execution, tenant) : 404;
}

export const showExecution: Maker = (scene) => {
  const [tenant, id] = aimed(scene, scene.model.allExecutions(), NONE);
  let seen: unknown;
  const status = onExecution(scene, tenant, id, 'execution_get', ({ deployment, visibility, owner }) => {
    seen = [deployment.tenant, deployment.key, visibility, owner.name];
    return 200;
  });
  return {
    text: `GET /executions/${id} in ${tenant}`,
    send: (client) => client.get(`/executions/${id}`, { tenant }),
    status,
    seen,
    read: ({ body }) => [body.tenant_name, body.deployment_id, body.visibility, body.created_by],
  };
};

/** They have all ended: whoever may is told so, and everybody else nothing. */
export const cancelExecution: Maker = (scene) => {
  const { random } = scene;
  const [tenant, id] = aimed(scene, scene.model.allExecutions(), NONE);
  const action = random.pick(['cancel', 'force-cancel']);
  return {
    text: `POST /executions/${id} ${action} in ${tenant}`,
    send: (client) => client.post(`/executions/${id}`, { action }, { tenant }),
    status: onExecution(scene, tenant, id, 'execution_cancel', () => 400),
  };
};

let told = 0;

/** A line of the log that nothing else writes. */
export const reportEvent: Maker = (scene) => {
  const [tenant, id] = aimed(scene, scene.model.allExecutions(), NONE);
  told += 1;
  const text = `line ${told}`;
  const status = onExecution(scene, tenant, id, 'event_create', (execution, place) =>
    decide(when(execution.tenant !== place, 404), 201, () => execution.messages.push(text)),
  );
  const logs = [{ logger: 'world', level: 'critical', message: { text }, context: {} }];
  return {
    text: `POST /events of ${id} in ${tenant}`,
    send: (client) => client.post('/events', { execution_id: id, logs }, { tenant }),
    status,
  };
};

/** A node instance by its id, wherever it is. */
export const showInstance: Maker = (scene) => {
  const { random, model, session } = scene;
  const known = model.allDeployments().filter(({ instances }) => instances.length > 0);
  const deployment = known.length > 0 ? random.pick(known) : null;
  const id = deployment?.instances[0] ?? 'upper_000000';
  const tenant = deployment && random.chance(0.5) ? deployment.tenant : someTenant(scene);
  const shut = model.door(session, tenant, 'node_instance_get', true);
  const found = deployment && tenant !== null && model.find([deployment], session.user, tenant, deployment.key);
  return {
    text: `GET /node-instances/${id} in ${tenant}`,
    send: (client) => client.get(`/node-instances/${id}`, { tenant }),
    status: shut ?? (found ? 200 : 404),
    seen: deployment && [deployment.tenant, deployment.key, deployment.visibility],
    read: ({ body }) => [body.tenant_name, body.deployment_id, body.visibility],
  };
};

/** The ids of instances are the manager's choice: an administrator looks. */
export const findInstances: Maker = ({ random, model, session }) => {
  const all = model.allDeployments();
  const deployment = all.length > 0 ? random.pick(all) : null;
  const tenant = deployment?.tenant ?? random.pick([...model.tenants.keys(), 'west']);
  const seesIt = deployment && model.find([deployment], session.user, tenant, deployment.key);
  return {
    text: `GET /node-instances of ${deployment?.key} in ${tenant}`,
    send: (client) => client.get('/node-instances', { tenant, query: { deployment_id: deployment?.key ?? 'none' } }),
    status: model.door(session, tenant, 'node_instance_list', true) ?? 200,
    seen: seesIt ? NODES : [],
    read: ({ body }) => (body.items as { node_id: string }[]).map((item) => item.node_id).toSorted(),
    learn: ({ body }) => {
      if (deployment && seesIt)
        deployment.instances.splice(0, 9, ...(body.items as { id: string }[]).map((item) => item.id));
    },
  };
};

/** Asks again until it is so, ten seconds at most. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('It did not come to be in ten seconds.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
