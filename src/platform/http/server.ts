import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { clientAddressOf, parseAddressRanges, type AddressRange } from '../../core/access/client-address.js';
import { AppConfig } from '../config/config.js';
import { runWithRequestId } from '../context/request-id.js';
import { accessSoFar } from '../access/request-access.js';
import { Log } from '../logging/log.js';
import { API_PREFIX, toNewestVersion } from './api-path.js';
import { errorAnswer } from './error-body.js';
import { KnownPaths } from './known-paths.js';
import { asJson } from './answer.js';
import { bodyValidation } from './validation.js';

/** Names have up to 256 characters, each up to three on the wire when percent-encoded. */
const MAX_PARAM_LENGTH = 1024;

/**
 * Whether a content type fits is for the route to say, after the guards (rest-api §1.3), and raw uploads may have any
 * (§1.15). Fastify would refuse what is not even formed like one, before anybody is asked who they are.
 */
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;.*)?$/;
const NO_MEDIA_TYPE = 'application/x-unreadable';

/** The Fastify under Nest: request ids, older API prefixes, and no body parsing of its own (rest-api §5.1). */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    rewriteUrl: (request: { readonly url?: string | undefined }) => toNewestVersion(request.url ?? '/'),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: false, caseSensitive: true },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const answer = errorAnswer(error, request.id);
      void asJson(reply).code(answer.status).headers(answer.headers).send(JSON.stringify(answer.body));
    },
  });
}

/** Hooks and parsers; before `app.init()`. */
export function prepareServer(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const knownPaths = app.get(KnownPaths);
  const log = app.get(Log);
  const proxies = parseAddressRanges(app.get(AppConfig).trustedProxies);

  fastify.removeAllContentTypeParsers();
  // Bodies are read after the guards, by the route's own rule; until then the stream is left alone.
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));

  fastify.addHook('onRoute', (route) => knownPaths.add(route.url));
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers({
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
    });
    const { headers } = request.raw;
    const contentType = headers['content-type'];
    if (contentType !== undefined && !MEDIA_TYPE.test(contentType)) headers['content-type'] = NO_MEDIA_TYPE;
    // Everybody reads `request.ip`; our rule for forwarded addresses is stricter than the framework's.
    Object.defineProperty(request, 'ip', { value: sourceAddress(request, proxies) });
    runWithRequestId(request.id, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    logRequest(log, request, reply.statusCode, reply.elapsedTime);
    done();
  });

  app.setGlobalPrefix(API_PREFIX.slice(1), { exclude: ['api/version', 'resources/*path'] });
  app.useGlobalPipes(bodyValidation());
}

function sourceAddress(request: FastifyRequest, proxies: readonly AddressRange[]): string {
  const { remoteAddress } = request.raw.socket;
  const forwarded = request.headers['x-forwarded-for'];
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
  return clientAddressOf({ remoteAddress, forwardedFor }, proxies) ?? remoteAddress ?? '';
}

/** One line per request. The route's pattern, not its URL: a query may hold a passphrase. */
function logRequest(log: Log, request: FastifyRequest, status: number, milliseconds: number): void {
  const { ctx } = accessSoFar(request);
  log.info('request', {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? null,
    status,
    ms: Math.round(milliseconds * 10) / 10,
    user: ctx?.actor.username ?? null,
    tenant: ctx?.tenantName ?? null,
    address: request.ip,
  });
}
