import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError, CodelessError, UnsupportedContentTypeError } from '../../../core/errors/app-error.js';
import { AuditValidationError } from '../../../core/errors/audit-validation-error.js';
import { BodyReader } from '../../../platform/http/body-reader.js';
import { readInjected, type InjectedRecord } from './injected-records.js';

/** Reads the body of `POST /audit`, whose faults are 422 like those of its fields (rest-api §2.9). */
@Injectable()
export class InjectionReader {
  constructor(private readonly bodies: BodyReader) {}

  /** @throws AuditValidationError; UnsupportedContentTypeError; CodelessError 413 when it is too large. */
  async read(request: FastifyRequest): Promise<InjectedRecord[]> {
    let body: unknown;
    try {
      body = await this.bodies.jsonList(request);
    } catch (error) {
      if (!isMalformed(error)) throw error;
      throw new AuditValidationError([{ loc: ['body'], msg: 'value is not a valid list', type: 'type_error.list' }]);
    }
    return readInjected(body);
  }
}

function isMalformed(error: unknown): boolean {
  if (error instanceof CodelessError) return error.status === 400;
  return error instanceof AppError && error.status === 400 && !(error instanceof UnsupportedContentTypeError);
}
