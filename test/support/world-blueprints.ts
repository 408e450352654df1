import { blueprintOf } from './blueprints.js';
import { decide, firstOf, NAMES, someTenant, when, type Maker, type Scene } from './world-scene.js';
import { WIDTH, type ModelOwned } from './world-model.js';
import { sortedTexts, VISIBILITIES } from './world-secrets.js';

/* Blueprints as tenants own them, and their files (rest-api §1.14, §3.1, §3.20). */

export const BLUEPRINT_IDS = ['b1', 'b2', 'b3', 'b4'];
const MAIN = `tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_templates:
  lower: {type: cloudify.nodes.Root}
  upper:
    type: cloudify.nodes.Root
    relationships: [{type: cloudify.relationships.depends_on, target: lower}]
capabilities:
  greeting: {value: hello}
`;
const archive = blueprintOf({ 'blueprint.yaml': MAIN });

export const uploadBlueprint: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key, visibility] = [someTenant(scene), random.pick(BLUEPRINT_IDS), random.pick(VISIBILITIES)];
  const status = (): number => {
    const shut = model.door(session, tenant, 'blueprint_upload', true);
    const place = tenant === null ? undefined : model.tenants.get(tenant);
    if (shut !== null || !place) return shut ?? 403;
    return decide(
      firstOf(
        // Taken where the caller is: known before the body, with its visibility, is read.
        when(!model.isFree(model.allBlueprints(), place.name, key, 'tenant'), 409),
        when(visibility === 'global' && !model.holds(session.user, place.name, 'create_global_resource'), 403),
        when(!model.isFree(model.allBlueprints(), place.name, key, visibility), 409),
      ),
      201,
      () => place.blueprints.set(key, { key, tenant: place.name, owner: session.user, visibility }),
    );
  };
  return {
    text: `PUT /blueprints/${key} ${visibility} in ${tenant}`,
    send: (client) => client.put(`/blueprints/${key}`, archive, { tenant, query: { visibility } }),
    status: status(),
  };
};

function onBlueprint(
  scene: Scene,
  tenant: string | null,
  key: string,
  permission: string,
  judge: (blueprint: ModelOwned, tenant: string) => number,
): number {
  const { model, session } = scene;
  const shut = model.door(session, tenant, permission, true);
  if (shut !== null || tenant === null) return shut ?? 403;
  const blueprint = model.find(model.allBlueprints(), session.user, tenant, key);
  return blueprint ? judge(blueprint, tenant) : 404;
}

export const getBlueprint: Maker = (scene) => {
  const { random } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(BLUEPRINT_IDS)];
  let seen: unknown;
  const status = onBlueprint(scene, tenant, key, 'blueprint_get', (blueprint) => {
    seen = [blueprint.tenant, blueprint.visibility, blueprint.owner.name];
    return 200;
  });
  return {
    text: `GET /blueprints/${key} in ${tenant}`,
    send: (client) => client.get(`/blueprints/${key}`, { tenant }),
    status,
    seen,
    read: ({ body }) => [body.tenant_name, body.visibility, body.created_by],
  };
};

/** Marked **AT**, which secrets are not. */
export const listBlueprints: Maker = (scene) => {
  const { random, model, session } = scene;
  const wide = random.chance(0.5);
  const tenant = wide && random.chance(0.5) ? null : someTenant(scene);
  const permission = 'blueprint_list';
  const shut = wide
    ? model.doorOfAnyTenant(session, tenant, permission)
    : model.door(session, tenant, permission, true);
  const visible = model.listed(model.allBlueprints(), session.user, tenant, { wide, permission });
  return {
    text: `GET /blueprints in ${tenant}${wide ? ' of all tenants' : ''}`,
    send: (client) => client.get('/blueprints', { tenant, query: wide ? { _all_tenants: 'true' } : {} }),
    status: shut ?? 200,
    seen: sortedTexts(visible.map((blueprint) => [blueprint.tenant, blueprint.key])),
    read: ({ body }) =>
      sortedTexts((body.items as { tenant_name: string; id: string }[]).map((item) => [item.tenant_name, item.id])),
  };
};

export const setBlueprintVisibility: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key, visibility] = [someTenant(scene), random.pick(BLUEPRINT_IDS), random.pick(VISIBILITIES)];
  const status = (): number =>
    onBlueprint(scene, tenant, key, 'resource_set_visibility', (blueprint, place) => {
      const becomesGlobal = visibility === 'global' && blueprint.visibility !== 'global';
      const others = model.allBlueprints().filter((other) => other !== blueprint && other.key === key);
      return decide(
        firstOf(
          when(blueprint.tenant !== place, 400),
          when(WIDTH[visibility] < WIDTH[blueprint.visibility], 400),
          when(becomesGlobal && !model.holds(session.user, place, 'create_global_resource'), 403),
          when(becomesGlobal && others.length > 0, 409),
        ),
        200,
        () => {
          blueprint.visibility = visibility;
        },
      );
    });
  const shut = model.door(session, tenant, 'resource_set_visibility', true);
  return {
    text: `PATCH /blueprints/${key}/set-visibility ${visibility} in ${tenant}`,
    send: (client) => client.patch(`/blueprints/${key}/set-visibility`, { visibility }, { tenant }),
    status: shut ?? (visibility === 'private' ? 400 : status()),
  };
};

export const deleteBlueprint: Maker = (scene) => {
  const { random, model } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(BLUEPRINT_IDS)];
  const isUsed = (blueprint: ModelOwned): boolean =>
    model.allDeployments().some((deployment) => deployment.blueprint === blueprint);
  return {
    text: `DELETE /blueprints/${key} in ${tenant}`,
    send: (client) => client.delete(`/blueprints/${key}`, undefined, { tenant }),
    status: onBlueprint(scene, tenant, key, 'blueprint_delete', (blueprint, place) =>
      decide(firstOf(when(blueprint.tenant !== place, 400), when(isUsed(blueprint), 400)), 204, () =>
        model.tenants.get(place)?.blueprints.delete(key),
      ),
    ),
  };
};

/** A file of a blueprint: the tenant stands in the path, and nothing but `file_server_auth` there opens it (rest-api §3.20). */
export const readBlueprintFile: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key] = [random.pick(NAMES.tenants), random.pick(BLUEPRINT_IDS)];
  const status = (): number => {
    if (!model.isAlive(session)) return 401;
    const place = model.tenants.get(tenant);
    const own = place?.blueprints.get(key);
    if (own?.visibility === 'global') return 200;
    if (!place || !model.holds(session.user, tenant, 'file_server_auth')) return 403;
    return own && model.find([own], session.user, tenant, key) ? 200 : 404;
  };
  return {
    text: `GET /resources/blueprints/${tenant}/${key}/blueprint.yaml`,
    send: (client) => client.get(`/resources/blueprints/${tenant}/${key}/blueprint.yaml`, { tenant: null }),
    status: status(),
    seen: MAIN,
    read: ({ text }) => text,
  };
};

export const downloadBlueprint: Maker = (scene) => {
  const { random } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(BLUEPRINT_IDS)];
  return {
    text: `GET /blueprints/${key}/archive in ${tenant}`,
    send: (client) => client.get(`/blueprints/${key}/archive`, { tenant }),
    status: onBlueprint(scene, tenant, key, 'blueprint_download', () => 200),
    seen: archive.toString('base64'),
    read: ({ raw }) => raw.toString('base64'),
  };
};
