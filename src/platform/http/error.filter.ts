import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodelessError, ForbiddenError, UnauthorizedError } from '../../core/errors/app-error.js';
import { DenialRecorder } from '../audit/denial-recorder.js';
import { Log } from '../logging/log.js';
import { culpritOf, errorAnswer } from './error-body.js';
import { KnownPaths } from './known-paths.js';
import { asJson } from './answer.js';

/** The one place where an error becomes an answer. Refusals are recorded through the same sink as changes. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly knownPaths: KnownPaths,
    private readonly denials: DenialRecorder,
  ) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = thrown instanceof NotFoundException ? this.unrouted(request) : thrown;
    this.report(error, request);
    if (error instanceof UnauthorizedError || error instanceof ForbiddenError) {
      await this.denials.record(request, error);
    }
    if (reply.sent || reply.raw.headersSent) {
      // Half of an answer is on the wire: only a broken connection tells the client that the rest will not come.
      reply.raw.destroy();
      return;
    }
    const answer = errorAnswer(error, request.id);
    for (const name of ['content-disposition', 'content-encoding', 'content-length', 'cache-control'])
      reply.removeHeader(name);
    await asJson(reply).code(answer.status).headers(answer.headers).send(JSON.stringify(answer.body));
  }

  private unrouted(request: FastifyRequest): CodelessError {
    return this.knownPaths.has(request.url)
      ? new CodelessError(405, 'The method is not allowed for the requested URL')
      : new CodelessError(404, 'The requested URL was not found on the server');
  }

  private report(error: unknown, request: FastifyRequest): void {
    switch (culpritOf(error)) {
      case 'caller':
        this.log.debug('request refused', {
          route: request.routeOptions.url,
          error: error instanceof Error ? error.message : undefined,
        });
        return;
      case 'operator':
        this.log.warn('request failed for want of a resource', { route: request.routeOptions.url, error });
        return;
      case 'us':
        this.log.error('request failed', { route: request.routeOptions.url, error });
    }
  }
}
