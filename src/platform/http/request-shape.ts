import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { parseInclude, parseListing } from '../../core/listing/listing.js';
import type { QueryValues } from '../../core/listing/query-values.js';
import { AccessChain } from '../access/access-chain.js';
import { LISTS, noteListing, SHOWS } from '../listing/listing.decorator.js';
import type { ListSource } from '../listing/list-source.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import { READS, READS_MAX_BYTES, type BodyKind } from './body.decorator.js';
import { BodyReader } from './body-reader.js';
import { JsonStream, FileDownload } from './json-stream.js';

/**
 * After the guards, before the handler: judges the query, then reads the body as the route says (rest-api §1.3, steps 6
 * and 7); after the handler, narrows a single object to `_include`.
 */
@Injectable()
export class RequestShape {
  constructor(
    private readonly reflector: Reflector,
    private readonly bodies: BodyReader,
    private readonly settings: RuntimeSettings,
    private readonly access: AccessChain,
  ) {}

  /**
   * @returns what narrows the handler's result
   * @throws AppError 400, 413 or 415; or what the guards throw when they judge again
   */
  async prepare(execution: ExecutionContext): Promise<(result: unknown) => unknown> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const query = request.query as QueryValues;
    const handler = execution.getHandler();

    const source = this.reflector.get<ListSource | undefined>(LISTS, handler);
    if (source)
      noteListing(
        request,
        parseListing(source, query, source.defaultSize ?? this.settings.integer('default_page_size')),
      );
    const shown = this.reflector.get<Pick<ListSource, 'fields'> | undefined>(SHOWS, handler);
    const include = shown ? parseInclude(shown.fields, query) : null;

    const kind = this.reflector.get<BodyKind | undefined>(READS, handler) ?? 'none';
    const maxBytes = this.reflector.get<number | undefined>(READS_MAX_BYTES, handler);
    request.body = await this.read(request, kind, maxBytes);
    if (this.bodies.wasLate(request)) await this.access.judgeAgain(execution);
    return include === null ? whole : (result) => project(result, include);
  }

  private read(request: FastifyRequest, kind: BodyKind, maxBytes: number | undefined): Promise<unknown> | undefined {
    switch (kind) {
      case 'json':
        return this.bodies.json(request, maxBytes);
      case 'optional-json':
        return this.bodies.optionalJson(request);
      case 'json-list':
        return this.bodies.jsonList(request);
      case 'stream':
      case 'none':
        return undefined;
    }
  }
}

const whole = (result: unknown): unknown => result;

function project(result: unknown, include: readonly string[]): unknown {
  if (typeof result !== 'object' || result === null || result instanceof JsonStream || result instanceof FileDownload)
    return result;
  const object = result as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .filter((key) => include.includes(key))
      .map((key) => [key, object[key]]),
  );
}
