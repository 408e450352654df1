import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { BadParametersError, CodelessError, UnsupportedContentTypeError } from '../../core/errors/app-error.js';
import { Clock } from '../clock/clock.js';
import { bodyEnded } from '../files/upload-body.js';

/** JSON bodies beyond these are refused, unless the route takes more (security-design §8). */
const MAX_JSON_BYTES = 1024 * 1024;
const MAX_JSON_DEPTH = 64;
/** A body that took longer arrives after its request was judged: see `wasLate`. */
const LATE_MS = 1_000;

const MALFORMED = 'Failed to decode JSON object: the request body is not valid JSON';

/**
 * Reads request bodies after the guards have passed. Clients send `application/json` on everything, so the header alone
 * never decides that a body is read: the route does (rest-api §5.1).
 */
@Injectable()
export class BodyReader {
  constructor(private readonly clock: Clock) {}

  /** Whether the body was so long on its way that what the guards found out may be over. */
  wasLate(request: FastifyRequest): boolean {
    return late.has(request.raw);
  }

  /** The body as a JSON object; read once, remembered on the request. */
  async json(request: FastifyRequest, maxBytes = MAX_JSON_BYTES): Promise<Record<string, unknown>> {
    const value = await this.parsed(request, maxBytes);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new BadParametersError('The request body is expected to be a JSON object');
    }
    return value as Record<string, unknown>;
  }

  async jsonList(request: FastifyRequest): Promise<unknown[]> {
    const value = await this.parsed(request, MAX_JSON_BYTES);
    if (!Array.isArray(value)) throw new BadParametersError('The request body is expected to be a JSON list');
    return value;
  }

  /** As `json`, but an absent or empty body counts as `{}`. Forms without parts are accepted for it (rest-api §5.7). */
  async optionalJson(request: FastifyRequest): Promise<Record<string, unknown>> {
    if (request.headers['content-length'] === '0' || !hasBody(request)) return {};
    if (!isJson(request)) return {};
    const text = await this.text(request, MAX_JSON_BYTES);
    return text.trim() === '' ? {} : this.objectOf(parseJson(text));
  }

  private objectOf(value: unknown): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new BadParametersError('The request body is expected to be a JSON object');
    }
    return value as Record<string, unknown>;
  }

  private async parsed(request: FastifyRequest, maxBytes: number): Promise<unknown> {
    if (remembered.has(request.raw)) return remembered.get(request.raw);
    if (!isJson(request)) throw new UnsupportedContentTypeError();
    const value = parseJson(await this.text(request, maxBytes));
    remembered.set(request.raw, value);
    return value;
  }

  private async text(request: FastifyRequest, maxBytes: number): Promise<string> {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > maxBytes) throw tooLarge(maxBytes);
    const startedAt = this.clock.now().getTime();
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of streamOf(request)) {
        const buffer = chunk as Buffer;
        bytes += buffer.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        chunks.push(buffer);
      }
    } catch (error) {
      throw bodyEnded(error) ?? error;
    }
    if (this.clock.now().getTime() - startedAt > LATE_MS) late.add(request.raw);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    } catch {
      throw new CodelessError(400, MALFORMED);
    }
  }
}

const remembered = new WeakMap<object, unknown>();
const late = new WeakSet<object>();

/** The unread body. GET and HEAD have none that counts. */
export function streamOf(request: FastifyRequest): Readable {
  return request.raw;
}

function hasBody(request: FastifyRequest): boolean {
  return request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
}

/** Literally `application/json`; a charset parameter is let pass if it is UTF-8 (rest-api §1.8). */
function isJson(request: FastifyRequest): boolean {
  return /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(request.headers['content-type'] ?? '');
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CodelessError(400, MALFORMED);
  }
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    throw new BadParametersError(`The request body is nested more than ${MAX_JSON_DEPTH} levels deep`);
  }
  return value;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const child of Object.values(value)) if (isDeeperThan(child, levels - 1)) return true;
  return false;
}

function tooLarge(maxBytes: number): CodelessError {
  return new CodelessError(413, `The request body is larger than ${maxBytes} bytes`, { connection: 'close' });
}
