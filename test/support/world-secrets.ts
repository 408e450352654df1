import { decide, firstOf, NAMES, someTenant, when, type Maker, type Scene } from './world-scene.js';
import { WIDTH, type ModelSecret, type ModelTenant, type Visibility } from './world-model.js';

/* Secrets (rest-api §1.14, §2.6). */

export const VISIBILITIES: readonly Visibility[] = ['private', 'tenant', 'tenant', 'global'];

export const putSecret: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(NAMES.keys)];
  const visibility = random.pick(VISIBILITIES);
  const body = {
    value: `value ${random.below(1e9)}`,
    visibility,
    is_hidden_value: random.chance(0.3),
    update_if_exists: random.chance(0.4),
  };
  const { user } = session;
  const create = (place: ModelTenant): number =>
    decide(
      firstOf(
        when(visibility === 'global' && !model.holds(user, place.name, 'create_global_resource'), 403),
        when(!model.isFree(model.allSecrets(), place.name, key, visibility), 409),
      ),
      200,
      () => {
        const { value, is_hidden_value: hidden } = body;
        place.secrets.set(key, { key, tenant: place.name, owner: user, visibility, hidden, value });
      },
    );
  const status = (): number => {
    const shut = model.door(session, tenant, 'secret_create', true);
    const place = tenant === null ? undefined : model.tenants.get(tenant);
    if (shut !== null || !place) return shut ?? 403;
    const found = body.update_if_exists ? model.find(model.allSecrets(), user, place.name, key) : null;
    if (!found) return create(place);
    return decide(mayChange(scene, place.name, found), 200, () => {
      found.value = body.value;
    });
  };
  return {
    text: `PUT /secrets/${key} in ${tenant} ${JSON.stringify(body)}`,
    send: (client) => client.put(`/secrets/${key}`, body, { tenant }),
    status: status(),
  };
};

/** Hidden from the caller: 403. Global, and another tenant's: 400. */
function mayChange({ model, session }: Scene, tenant: string, secret: ModelSecret): number | null {
  return firstOf(when(secret.hidden && !model.mayOpen(session.user, secret), 403), when(secret.tenant !== tenant, 400));
}

function mayWiden({ model, session }: Scene, secret: ModelSecret, next: Visibility): number | null {
  return firstOf(
    when(WIDTH[next] < WIDTH[secret.visibility], 400),
    when(next === 'global' && !model.holds(session.user, secret.tenant, 'create_global_resource'), 403),
  );
}

/** Only the step to global asks the other tenants. */
function isTakenElsewhere({ model }: Scene, secret: ModelSecret, next: Visibility): boolean {
  if (next !== 'global' || secret.visibility === 'global') return false;
  return model.allSecrets().some((other) => other.key === secret.key && other.tenant !== secret.tenant);
}

/** A request about one secret: door, then whether it is there; `change` judges the rest. */
function onSecret(
  scene: Scene,
  tenant: string | null,
  key: string,
  permission: string,
  change: (secret: ModelSecret, tenant: string) => number,
): number {
  const shut = scene.model.door(scene.session, tenant, permission, true);
  if (shut !== null || tenant === null) return shut ?? 403;
  const secret = scene.model.find(scene.model.allSecrets(), scene.session.user, tenant, key);
  return secret ? change(secret, tenant) : 404;
}

export const patchSecret: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(NAMES.keys)];
  const value = random.chance(0.6) ? `value ${random.below(1e9)}` : undefined;
  const hidden = random.chance(0.3) ? random.chance(0.5) : undefined;
  const visibility = random.chance(0.3) ? random.pick(VISIBILITIES) : undefined;
  const body = {
    ...(value === undefined ? {} : { value }),
    ...(hidden === undefined ? {} : { is_hidden_value: hidden }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(random.chance(0.9) ? { note: 'unknown fields are ignored' } : {}),
  };
  const isEmpty = Object.keys(body).length === 0;
  const shut = model.door(session, tenant, 'secret_update', true);
  const status = (): number =>
    onSecret(scene, tenant, key, 'secret_update', (secret, place) =>
      decide(
        firstOf(
          mayChange(scene, place, secret),
          when(hidden !== undefined && !model.mayOpen(session.user, secret), 403),
          () => (visibility ? mayWiden(scene, secret, visibility) : null),
          () => when(visibility !== undefined && isTakenElsewhere(scene, secret, visibility), 409),
        ),
        200,
        () => Object.assign(secret, stripped({ value, hidden, visibility })),
      ),
    );
  return {
    text: `PATCH /secrets/${key} in ${tenant} ${JSON.stringify(body)}`,
    send: (client) => client.patch(`/secrets/${key}`, body, { tenant }),
    status: shut ?? (isEmpty ? 400 : status()),
  };
};

function stripped(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

export const setVisibility: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key, visibility] = [someTenant(scene), random.pick(NAMES.keys), random.pick(VISIBILITIES)];
  const status = (): number =>
    onSecret(scene, tenant, key, 'secret_update', (secret, place) =>
      decide(
        firstOf(
          mayChange(scene, place, secret),
          () => mayWiden(scene, secret, visibility),
          () => when(isTakenElsewhere(scene, secret, visibility), 409),
        ),
        200,
        () => {
          secret.visibility = visibility;
        },
      ),
    );
  const shut = model.door(session, tenant, 'secret_update', true);
  return {
    text: `PATCH /secrets/${key}/set-visibility ${visibility} in ${tenant}`,
    send: (client) => client.patch(`/secrets/${key}/set-visibility`, { visibility }, { tenant }),
    status: shut ?? (visibility === 'private' ? 400 : status()),
  };
};

export const getSecret: Maker = (scene) => {
  const { random, model, session } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(NAMES.keys)];
  let seen: unknown;
  const status = onSecret(scene, tenant, key, 'secret_get', (secret) => {
    const value = secret.hidden && !model.mayOpen(session.user, secret) ? '' : secret.value;
    seen = [secret.tenant, secret.visibility, secret.hidden, secret.owner.name, value];
    return 200;
  });
  return {
    text: `GET /secrets/${key} in ${tenant}`,
    send: (client) => client.get(`/secrets/${key}`, { tenant }),
    status,
    seen,
    read: ({ body }) => [body.tenant_name, body.visibility, body.is_hidden_value, body.created_by, body.value],
  };
};

export const deleteSecret: Maker = (scene) => {
  const { random, model } = scene;
  const [tenant, key] = [someTenant(scene), random.pick(NAMES.keys)];
  return {
    text: `DELETE /secrets/${key} in ${tenant}`,
    send: (client) => client.delete(`/secrets/${key}`, undefined, { tenant }),
    status: onSecret(scene, tenant, key, 'secret_delete', (secret, place) =>
      decide(mayChange(scene, place, secret), 204, () => model.tenants.get(place)?.secrets.delete(key)),
    ),
  };
};

export const sortedTexts = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();

interface SecretItem {
  readonly tenant_name: string;
  readonly key: string;
  readonly value?: string;
}

/** With `_all_tenants` the header may be absent; whoever holds nothing outside of tenants is refused then (no **AT**). */
function wideDoor({ model, session }: Scene, tenant: string | null, permission: string, wide: boolean): number | null {
  return model.door(session, tenant, permission, !wide);
}

export const listSecrets: Maker = (scene) => {
  const { random, model, session } = scene;
  const wide = random.chance(0.4);
  const tenant = wide && random.chance(0.4) ? null : someTenant(scene);
  const query = wide ? { _all_tenants: random.pick(['true', 'True']) } : {};
  return {
    text: `GET /secrets in ${tenant}${wide ? ' of all tenants' : ''}`,
    send: (client) => client.get('/secrets', { tenant, query }),
    status: wideDoor(scene, tenant, 'secret_list', wide) ?? 200,
    seen: sortedTexts(
      model
        .listed(model.allSecrets(), session.user, tenant, { wide, permission: 'secret_list' })
        .map((secret) => [secret.tenant, secret.key]),
    ),
    read: ({ body }) => sortedTexts((body.items as SecretItem[]).map((item) => [item.tenant_name, item.key])),
  };
};

export const exportSecrets: Maker = (scene) => {
  const { random, model, session } = scene;
  const wide = random.chance(0.4);
  const tenant = wide && random.chance(0.4) ? null : someTenant(scene);
  const shown = model
    .listed(model.allSecrets(), session.user, tenant, { wide, permission: 'secret_export' })
    .filter((secret) => !secret.hidden || model.mayOpen(session.user, secret));
  return {
    text: `GET /secrets/share/export in ${tenant}${wide ? ' of all tenants' : ''}`,
    send: (client) => client.get('/secrets/share/export', { tenant, query: wide ? { _all_tenants: 'true' } : {} }),
    status: wideDoor(scene, tenant, 'secret_export', wide) ?? 200,
    seen: sortedTexts(shown.map((secret) => [secret.tenant, secret.key, secret.value])),
    read: ({ body }) => sortedTexts((body as SecretItem[]).map((item) => [item.tenant_name, item.key, item.value])),
  };
};
