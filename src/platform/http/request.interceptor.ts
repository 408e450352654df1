import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { FailureRecorder } from '../audit/failure-recorder.js';
import { encodeAnswer } from './answer.js';
import { RequestShape } from './request-shape.js';

/**
 * All that happens around a handler, from the outside in: the answer's form, the record of a failure, the request's form.
 * One interceptor, since Nest pays for each.
 */
@Injectable()
export class RequestInterceptor implements NestInterceptor {
  constructor(
    private readonly shape: RequestShape,
    private readonly failures: FailureRecorder,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(this.answer(execution, next));
  }

  private async answer(execution: ExecutionContext, next: CallHandler): Promise<unknown> {
    const http = execution.switchToHttp();
    const result = await this.failures.watch(execution, async () => {
      const narrow = await this.shape.prepare(execution);
      return narrow(await lastValueFrom(next.handle()));
    });
    return encodeAnswer(result, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
