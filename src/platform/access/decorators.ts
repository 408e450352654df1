import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { requireTenant, type Ctx, type ReachCtx, type TenantCtx } from '../context/ctx.js';
import { NO_REACH } from '../context/ctx.js';
import { accessOf, type RequestAccess } from './request-access.js';

export const RULE = Symbol('holdfast:access-rule');

/** Where the tenant of a request comes from (the column "Ten" of rest-api §2). */
type TenantSource = 'required' | 'optional' | 'none' | 'path' | 'body';

export interface AllowOptions {
  /** `required`: header `Tenant` needed; `optional`: it only widens the roles; `path`/`body`: `tenant_name` there. */
  readonly tenant: TenantSource;
  /** With `_all_tenants=true`: the list permission that selects the tenants (rest-api §1.5). */
  readonly allTenants?: string;
  /** **AT**: with `_all_tenants=true` the permission may come from any tenant. */
  readonly anyTenant?: boolean;
  /** **EX**: a running execution of the tenant needs no permission (rest-api §1.6). */
  readonly execution?: boolean;
}

export type AccessRule =
  | { readonly kind: 'public' }
  | { readonly kind: 'authenticated'; readonly options: AllowOptions }
  | { readonly kind: 'system_administrator'; readonly options: AllowOptions }
  | { readonly kind: 'permission'; readonly permission: string; readonly options: AllowOptions };

/** Who may enter: a permission of the matrix, anybody signed in, or a system administrator (401 for others, rest-api §2.4). */
export function Allow(permission: string, options: AllowOptions): MethodDecorator & ClassDecorator {
  const rule: AccessRule =
    permission === 'authenticated' || permission === 'system_administrator'
      ? { kind: permission, options }
      : { kind: 'permission', permission, options };
  return SetMetadata(RULE, rule);
}

/** Open without credentials; such a route has no Ctx and so cannot reach scoped data. */
export function Public(): MethodDecorator & ClassDecorator {
  return SetMetadata(RULE, { kind: 'public' } satisfies AccessRule);
}

/** The context of the request; its reach is empty unless a tenant was named. */
export const CurrentCtx = createParamDecorator((_: unknown, execution: ExecutionContext): Ctx => {
  return accessOf(execution.switchToHttp().getRequest()).ctx;
});

/** All that the guards found out about the caller: account, places in tenants and groups, context. */
export const CurrentAccess = createParamDecorator((_: unknown, execution: ExecutionContext): RequestAccess => {
  return accessOf(execution.switchToHttp().getRequest());
});

/** The context inside the tenant of the request. @throws ForbiddenError when none was named. */
export const CurrentTenantCtx = createParamDecorator((_: unknown, execution: ExecutionContext): TenantCtx => {
  return requireTenant(accessOf(execution.switchToHttp().getRequest()).ctx);
});

/** The context of a list: the request's tenant, or with `_all_tenants` every tenant that the caller may list. */
export const ListCtx = createParamDecorator((_: unknown, execution: ExecutionContext): ReachCtx => {
  const { ctx, reach } = accessOf(execution.switchToHttp().getRequest());
  return { ...ctx, reach: reach ?? NO_REACH };
});
