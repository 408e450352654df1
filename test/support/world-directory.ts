import type { Answer } from './client.js';
import { decide, firstOf, maybeTenant, NAMES, when, WORLD_PASSWORD, type Maker, type Scene } from './world-scene.js';
import type { ModelUser } from './world-model.js';

/* Users, groups, tenants, tokens and the permission matrix (rest-api §2.1 to §2.5). */

const SYSTEM_ROLES = ['default', 'default', 'default', 'sys_admin'];
const TENANT_ROLES = ['manager', 'user', 'operations', 'viewer'];
const EDITABLE = [
  'secret_create',
  'secret_get',
  'secret_list',
  'secret_update',
  'secret_export',
  'administrators',
  'create_global_resource',
  'all_tenants',
  'tenant_add_user',
  'tenant_get',
  'user_list',
  'create_token',
  'manage_others_tokens',
];

export const createUser: Maker = (scene) => {
  const { random, model, session } = scene;
  const [name, role, tenant] = [random.pick(NAMES.users), random.pick(SYSTEM_ROLES), maybeTenant(scene)];
  return {
    text: `PUT /users ${name} as ${role} in ${tenant}`,
    send: (client) => client.put('/users', { username: name, password: WORLD_PASSWORD, role }, { tenant }),
    status: decide(firstOf(model.door(session, tenant, 'user_create'), when(model.users.has(name), 409)), 201, () =>
      model.users.set(name, { name, role, active: true, isBootstrapAdmin: false }),
    ),
  };
};

function onUser(scene: Scene, permission: string, name: string, judge: (user: ModelUser) => number): number {
  const shut = scene.model.door(scene.session, null, permission);
  const user = scene.model.users.get(name);
  return shut ?? (user ? judge(user) : 404);
}

export const deleteUser: Maker = (scene) => {
  const { random, model, session } = scene;
  const name = random.pick([...NAMES.users, 'admin']);
  return {
    text: `DELETE /users/${name}`,
    send: (client) => client.delete(`/users/${name}`, undefined, { tenant: null }),
    status: onUser(scene, 'user_delete', name, (user) =>
      decide(when(user === session.user || user.isBootstrapAdmin || model.isTied(user), 400), 204, () =>
        model.removeUser(user),
      ),
    ),
  };
};

export const setActive: Maker = (scene) => {
  const { random, session } = scene;
  const [name, active] = [random.pick([...NAMES.users, 'admin']), random.chance(0.8)];
  return {
    text: `POST /users/active/${name} ${active}`,
    send: (client) =>
      client.post(`/users/active/${name}`, { action: active ? 'activate' : 'deactivate' }, { tenant: null }),
    status: onUser(scene, 'user_set_activated', name, (user) =>
      decide(
        firstOf(
          when(user.active === active, 409),
          when(!active && (user === session.user || user.isBootstrapAdmin), 400),
        ),
        200,
        () => {
          user.active = active;
        },
      ),
    ),
  };
};

export const setRole: Maker = (scene) => {
  const { random, model, session } = scene;
  const [name, role] = [random.pick(NAMES.users), random.pick(SYSTEM_ROLES)];
  const isOther = name !== session.user.name;
  return {
    text: `POST /users/${name} role ${role}`,
    send: (client) => client.post(`/users/${name}`, { role }, { tenant: null }),
    status:
      firstOf(
        when(!model.isAlive(session), 401),
        when(isOther && !model.holds(session.user, null, 'user_update'), 403),
      ) ?? onUser(scene, 'user_update', name, (user) => decide(null, 200, () => void (user.role = role))),
  };
};

export const showSelf: Maker = (scene) => {
  const { model, session } = scene;
  const { user } = session;
  // The bootstrap administrator is in default_tenant, which no operation touches.
  const tenants = model.tenantsOf(user).length + (user.isBootstrapAdmin ? 1 : 0);
  return {
    text: 'GET /user',
    send: (client) => client.get('/user', { tenant: null }),
    status: model.door(session, null, 'user_get_self') ?? 200,
    seen: [user.name, user.role, tenants, model.groupsOf(user).length],
    read: ({ body }) => [body.username, body.role, body.tenants, body.groups],
  };
};

interface Named {
  readonly name?: string;
  readonly username?: string;
}

const names = ({ body }: Answer): string[] =>
  (body.items as Named[]).map(({ name, username }) => name ?? username ?? '').toSorted();

export const listUsers: Maker = (scene) => {
  const { model, session } = scene;
  const tenant = maybeTenant(scene);
  return {
    text: `GET /users in ${tenant}`,
    send: (client) => client.get('/users', { tenant }),
    status: model.door(session, tenant, 'user_list') ?? 200,
    seen: [...model.users.keys()].toSorted(),
    read: names,
  };
};

export const createGroup: Maker = (scene) => {
  const { random, model, session } = scene;
  const [name, role] = [random.pick(NAMES.groups), random.pick(SYSTEM_ROLES)];
  return {
    text: `POST /user-groups ${name} as ${role}`,
    send: (client) => client.post('/user-groups', { group_name: name, role }, { tenant: null }),
    status: decide(
      firstOf(model.door(session, null, 'user_group_create'), when(model.groups.has(name), 409)),
      201,
      () => model.groups.set(name, { name, role, members: new Set() }),
    ),
  };
};

export const deleteGroup: Maker = (scene) => {
  const { random, model, session } = scene;
  const name = random.pick(NAMES.groups);
  const group = model.groups.get(name);
  return {
    text: `DELETE /user-groups/${name}`,
    send: (client) => client.delete(`/user-groups/${name}`, undefined, { tenant: null }),
    status: decide(
      firstOf(model.door(session, null, 'user_group_delete'), when(!group, 404)),
      204,
      () => group && model.removeGroup(group),
    ),
  };
};

export const setGroupRole: Maker = (scene) => {
  const { random, model, session } = scene;
  const [name, role] = [random.pick(NAMES.groups), random.pick(SYSTEM_ROLES)];
  const group = model.groups.get(name);
  return {
    text: `POST /user-groups/${name} role ${role}`,
    send: (client) => client.post(`/user-groups/${name}`, { role }, { tenant: null }),
    status: decide(
      firstOf(model.door(session, null, 'user_group_update'), when(!group, 404)),
      200,
      () => group && void (group.role = role),
    ),
  };
};

export const changeGroupMember: Maker = (scene) => {
  const { random, model, session } = scene;
  const adds = random.chance(0.6);
  const [username, groupName] = [random.pick(NAMES.users), random.pick(NAMES.groups)];
  const [user, group] = [model.users.get(username), model.groups.get(groupName)];
  const isMember = user !== undefined && (group?.members.has(user) ?? false);
  const body = { username, group_name: groupName };
  return {
    text: `${adds ? 'PUT' : 'DELETE'} /user-groups/users ${username} ${groupName}`,
    send: (client) => client.send(adds ? 'PUT' : 'DELETE', '/user-groups/users', body, { tenant: null }),
    status: decide(
      firstOf(
        model.door(session, null, adds ? 'user_group_add_user' : 'user_group_remove_user'),
        when(!user || !group, 404),
        when(adds && isMember, 409),
        when(!adds && !isMember, 404),
      ),
      adds ? 200 : 204,
      () => {
        if (user && adds) group?.members.add(user);
        else if (user) group?.members.delete(user);
      },
    ),
  };
};

// --- tenants -------------------------------------------------------------------------------------------------------

export const createTenant: Maker = (scene) => {
  const { random, model, session } = scene;
  const name = random.pick(NAMES.tenants);
  return {
    text: `POST /tenants/${name}`,
    send: (client) => client.post(`/tenants/${name}`, undefined, { tenant: null }),
    status: decide(firstOf(model.door(session, null, 'tenant_create'), when(model.tenants.has(name), 409)), 201, () =>
      model.addTenant(name),
    ),
  };
};

export const deleteTenant: Maker = (scene) => {
  const { random, model, session } = scene;
  const name = random.pick(NAMES.tenants);
  const tenant = model.tenants.get(name);
  return {
    text: `DELETE /tenants/${name}`,
    send: (client) => client.delete(`/tenants/${name}`, undefined, { tenant: null }),
    status: decide(
      firstOf(
        model.door(session, null, 'tenant_delete'),
        when(!tenant, 404),
        when(tenant !== undefined && tenant.secrets.size + tenant.blueprints.size + tenant.deployments.size > 0, 409),
      ),
      204,
      () => model.tenants.delete(name),
    ),
  };
};

export const showTenant: Maker = (scene) => {
  const { random, model, session } = scene;
  const name = random.pick(NAMES.tenants);
  return {
    text: `GET /tenants/${name}`,
    send: (client) => client.get(`/tenants/${name}`, { tenant: null }),
    status: model.door(session, name, 'tenant_get') ?? 200,
    seen: name,
    read: ({ body }) => body.name,
  };
};

export const listTenants: Maker = (scene) => {
  const { model, session } = scene;
  const { user } = session;
  const all = model.holdsAsSystem(user, 'all_tenants');
  const visible = all ? [...model.tenants.values()] : model.tenantsOf(user);
  return {
    text: 'GET /tenants',
    send: (client) => client.get('/tenants', { tenant: null }),
    status: model.door(session, null, 'tenant_list') ?? 200,
    seen: [...visible.map(({ name }) => name), ...(all ? ['default_tenant'] : [])].toSorted(),
    read: names,
  };
};

/** The tenant is in the body, and so is judged with the door. */
export function changeMembership(kind: 'user' | 'group'): Maker {
  return (scene) => {
    const { random, model, session } = scene;
    const verb = random.pick(['add', 'add', 'update', 'remove'] as const);
    const [tenantName, role] = [random.pick(NAMES.tenants), random.pick(TENANT_ROLES)];
    const name = random.pick(kind === 'user' ? NAMES.users : NAMES.groups);
    const tenant = model.tenants.get(tenantName);
    const member = kind === 'user' ? model.users.get(name) : model.groups.get(name);
    const places = (kind === 'user' ? tenant?.users : tenant?.groups) as Map<unknown, string> | undefined;
    const isAssociated = member !== undefined && (places?.has(member) ?? false);
    const body = {
      tenant_name: tenantName,
      [kind === 'user' ? 'username' : 'group_name']: name,
      ...(verb === 'remove' ? {} : { role }),
    };
    const method = { add: 'PUT', update: 'PATCH', remove: 'DELETE' } as const;
    const path = kind === 'user' ? '/tenants/users' : '/tenants/user-groups';
    return {
      text: `${method[verb]} ${path} ${JSON.stringify(body)}`,
      send: (client) => client.send(method[verb], path, body, { tenant: null }),
      status: decide(
        firstOf(
          model.door(session, tenantName, `tenant_${verb}_${kind}`),
          when(!member, 404),
          when(verb === 'add' && isAssociated, 409),
          when(verb !== 'add' && !isAssociated, 404),
        ),
        verb === 'remove' ? 204 : 200,
        () => {
          if (verb === 'remove') places?.delete(member);
          else places?.set(member, role);
        },
      ),
    };
  };
}

// --- tokens and permissions ----------------------------------------------------------------------------------------

export const createToken: Maker = (scene) => {
  const { model, session } = scene;
  const tenant = maybeTenant(scene);
  return {
    text: `POST /tokens in ${tenant}`,
    send: (client) => client.post('/tokens', {}, { tenant }),
    status: model.door(session, tenant, 'create_token') ?? 200,
    seen: [session.user.name, session.user.role],
    read: ({ body }) => [body.username, body.role],
    learn: ({ body }) => model.tokens.set(body.id as string, session.user),
  };
};

export const listTokens: Maker = (scene) => {
  const { model, session } = scene;
  const tenant = maybeTenant(scene);
  const all = model.holds(session.user, tenant, 'manage_others_tokens');
  return {
    text: `GET /tokens in ${tenant}`,
    send: (client) => client.get('/tokens', { tenant }),
    status: model.door(session, tenant, 'token_get') ?? 200,
    seen: [...model.tokens]
      .filter(([, owner]) => all || owner === session.user)
      .map(([id]) => id)
      .toSorted(),
    read: ({ body }) => (body.items as { id: string }[]).map(({ id }) => id).toSorted(),
  };
};

export const deleteToken: Maker = (scene) => {
  const { random, model, session } = scene;
  const ids = [...model.tokens].filter(([, owner]) => !owner.isBootstrapAdmin).map(([id]) => id);
  const id = ids.length > 0 && random.chance(0.9) ? random.pick(ids) : 'NoSuchTokn';
  const owner = model.tokens.get(id);
  const isTheirs = owner === session.user || model.holds(session.user, null, 'manage_others_tokens');
  return {
    text: `DELETE /tokens/${id} of ${owner?.name}`,
    send: (client) => client.delete(`/tokens/${id}`, undefined, { tenant: null }),
    status: decide(firstOf(model.door(session, null, 'delete_token'), when(!owner || !isTheirs, 404)), 204, () =>
      model.tokens.delete(id),
    ),
  };
};

export const editMatrix: Maker = (scene) => {
  const { random, model, session } = scene;
  const all = [...SYSTEM_ROLES, ...TENANT_ROLES].flatMap((role) =>
    EDITABLE.map((permission) => ({ role, permission })),
  );
  const edited = all.filter(
    ({ role, permission }) => model.isGranted(role, permission) !== model.isSeeded(role, permission),
  );
  // Edits are taken back most of the time: a matrix that grants everything to everybody tests nothing.
  const { role, permission } =
    edited.length > 2 || (edited.length > 0 && random.chance(0.5)) ? random.pick(edited) : random.pick(all);
  const has = model.isGranted(role, permission);
  const grants = random.chance(0.15) ? has : !has;
  return {
    text: `${grants ? 'PUT' : 'DELETE'} /permissions/${role}/${permission}`,
    send: (client) =>
      client.send(grants ? 'PUT' : 'DELETE', `/permissions/${role}/${permission}`, undefined, { tenant: null }),
    status: decide(
      firstOf(model.administratorsDoor(session), when(grants && has, 409), when(!grants && !has, 404)),
      grants ? 200 : 204,
      () => {
        if (grants) model.matrix.get(permission)?.add(role);
        else model.matrix.get(permission)?.delete(role);
      },
    ),
  };
};
