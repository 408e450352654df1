import type { FastifyReply, FastifyRequest } from 'fastify';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import { FileDownload, JsonStream } from './json-stream.js';

const gzipText = promisify(gzip);
/** Smaller answers are not worth the header (rest-api §1.2). */
const COMPRESS_FROM_BYTES = 1000;

/** The header literally as the contract has it: texts that are serialised already get no charset from Fastify. */
export function asJson(reply: FastifyReply): FastifyReply {
  return reply.header('content-type', 'application/json').serializer((payload: string) => payload);
}

/** Turns what handlers return into the answer: JSON for everything but downloads, nothing for 204 (rest-api §1.10). */
export function encodeAnswer(result: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  if (reply.statusCode === 204 || reply.statusCode === 304) return undefined;
  if (result instanceof FileDownload) return download(result, reply);
  asJson(reply);
  const mayCompress = acceptsGzip(request) && reply.getHeader('cache-control') !== 'no-store';
  if (result instanceof JsonStream) {
    if (!mayCompress) return result.stream;
    reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding');
    const compressor = createGzip();
    result.stream.on('error', (error) => compressor.destroy(error));
    compressor.on('close', () => result.stream.destroy());
    return result.stream.pipe(compressor);
  }
  const text = JSON.stringify(result ?? null);
  if (!mayCompress || text.length < COMPRESS_FROM_BYTES) return text;
  reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding');
  return gzipText(text);
}

/** Answers that hold a secret are not compressed: their length would tell of their content (BREACH). */
function acceptsGzip(request: FastifyRequest): boolean {
  const accepted = request.headers['accept-encoding'];
  return (
    typeof accepted === 'string' &&
    /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$)))?/i.test(accepted) &&
    !/gzip\s*;\s*q=0(\.0*)?\s*(,|$)/i.test(accepted)
  );
}

function download({ file, name, contentType, inline }: FileDownload, reply: FastifyReply): unknown {
  reply.header('content-type', contentType).header('cache-control', 'no-cache');
  // Names are ids of ours (letters, digits, - . _ ~), so they need no quoting beyond the quotes.
  if (!inline) reply.header('content-disposition', `attachment; filename="${name}"`);
  if (file.bytes !== null) reply.header('content-length', String(file.bytes));
  return file.stream;
}
