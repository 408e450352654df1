import type { INestApplicationContext, Type } from '@nestjs/common';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { RULE, type AccessRule } from '../platform/access/decorators.js';
import { API_PREFIX } from '../platform/http/api-path.js';

export interface RouteRule {
  readonly method: string;
  readonly path: string;
  readonly rule: AccessRule | null;
  readonly handler: { readonly controller: Type; readonly name: string };
}

/** Paths outside of the versioned prefix. */
const UNVERSIONED = /^(api\/version|resources\/)/;

/** Every route of the application with the rule that guards it, sorted; what the committed manifest is compared to. */
export function routeRules(app: INestApplicationContext): RouteRule[] {
  const discovery = app.get(DiscoveryService);
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  const routes = discovery.getControllers().flatMap((wrapper) => {
    const controller = wrapper.metatype as Type;
    const prototype = controller.prototype as Record<string, unknown>;
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name] as () => unknown;
      const paths = Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined;
      if (paths === undefined) return [];
      const verb = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod;
      const rule = reflector.getAllAndOverride<AccessRule | undefined>(RULE, [handler, controller]) ?? null;
      return bases(controller).flatMap((base) =>
        [paths].flat().map((path) => ({
          method: RequestMethod[verb],
          path: fullPath(base, path),
          rule,
          handler: { controller, name },
        })),
      );
    });
  });
  return routes.toSorted((a, b) => a.path.localeCompare(b.path, 'en') || a.method.localeCompare(b.method, 'en'));
}

function bases(controller: Type): string[] {
  const base = Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined;
  return [base ?? ''].flat();
}

function fullPath(base: string, path: string): string {
  const relative = [base, path]
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/');
  return UNVERSIONED.test(relative) ? `/${relative}` : `${API_PREFIX}/${relative}`;
}

/** The line of a rule in the manifest. */
export function printRule(rule: AccessRule | null): string {
  if (rule === null) return 'NO RULE';
  if (rule.kind === 'public') return 'public';
  const { tenant, allTenants, anyTenant, execution } = rule.options;
  const name = rule.kind === 'permission' ? rule.permission : rule.kind;
  const marks = [
    allTenants === undefined ? '' : `all=${allTenants}`,
    anyTenant ? 'AT' : '',
    execution ? 'EX' : '',
  ].filter((mark) => mark !== '');
  return [name, `tenant=${tenant}`, ...marks].join(' ');
}

/**
 * Start-up is closed when a route has no rule, or one that the seed does not know (security-design §10).
 * @throws Error naming every such route
 */
export function assertEveryRouteHasARule(app: INestApplicationContext, knownPermissions: ReadonlySet<string>): void {
  const faults = routeRules(app).flatMap(({ method, path, rule }) => {
    if (rule === null) return [`${method} ${path} has no access rule`];
    if (rule.kind !== 'permission') return [];
    const asked = [rule.permission, ...(rule.options.allTenants === undefined ? [] : [rule.options.allTenants])];
    return asked
      .filter((permission) => !knownPermissions.has(permission))
      .map((permission) => `${method} ${path} asks for the unknown permission ${permission}`);
  });
  if (faults.length > 0)
    throw new Error(`The access rules are not complete:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
}
