import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { join } from 'node:path';
import { BadParametersError } from '../../core/errors/app-error.js';
import type { QueryValues } from '../../core/listing/query-values.js';
import { AppConfig } from '../../platform/config/config.js';
import { isMultipart, receiveMultipart } from '../../platform/http/multipart.js';
import { streamOf } from '../../platform/http/body-reader.js';
import { receiveBody } from '../../platform/http/receive-body.js';
import { parametersOfForm, parametersOfQuery, type UploadParameters } from './upload-parameters.js';

const MEBIBYTE = 1024 * 1024;

export interface ReceivedUpload {
  readonly parameters: UploadParameters;
  /** Where the archive lies, or null for one that is fetched from a URL. */
  readonly archivePath: string | null;
}

/** Takes a blueprint in every way that clients send one (rest-api §1.15, §5.4). */
@Injectable()
export class UploadReceiver {
  readonly maxBytes: number;

  constructor(config: AppConfig) {
    this.maxBytes = config.maxUploadMib * MEBIBYTE;
  }

  /**
   * Reads parameters and archive into `folder`, a staging folder.
   * @param judge refuses parameters; in a raw upload before the archive is read
   * @throws BadParametersError, CodelessError 400, 408, 413, StorageFullError, and what `judge` throws
   */
  async receive(
    request: FastifyRequest,
    folder: string,
    judge: (parameters: UploadParameters) => Promise<void>,
  ): Promise<ReceivedUpload> {
    const query = request.query as QueryValues;
    const path = join(folder, 'archive');
    const contentType = request.headers['content-type'];
    return isMultipart(contentType)
      ? this.form(request, contentType ?? '', query, path, judge)
      : this.raw(request, query, path, judge);
  }

  /** A form may hold the parameters, the archive, both, or nothing at all, with the parameters in the query. */
  private async form(
    request: FastifyRequest,
    contentType: string,
    query: QueryValues,
    path: string,
    judge: (parameters: UploadParameters) => Promise<void>,
  ): Promise<ReceivedUpload> {
    const form = await receiveMultipart(streamOf(request), contentType, path, { maxFileBytes: this.maxBytes });
    const text = form.fields.get('params');
    const parameters = text === undefined ? parametersOfQuery(query) : parametersOfForm(text);
    await judge(parameters);
    return { parameters, archivePath: sourceOf(parameters, form.file === null ? null : path) };
  }

  private async raw(
    request: FastifyRequest,
    query: QueryValues,
    path: string,
    judge: (parameters: UploadParameters) => Promise<void>,
  ): Promise<ReceivedUpload> {
    const parameters = parametersOfQuery(query);
    await judge(parameters);
    if (parameters.archiveUrl !== null && Number(request.headers['content-length'] ?? 0) > 0) throw twoSources();
    const hasFile = await this.receiveFile(request, path);
    return { parameters, archivePath: sourceOf(parameters, hasFile ? path : null) };
  }

  /** Takes the whole body for a file. False when there is none. @throws CodelessError 400, 408, 413, StorageFullError */
  receiveFile(request: FastifyRequest, path: string): Promise<boolean> {
    return receiveBody(request, path, this.maxBytes);
  }
}

/** Exactly one of URL and file. @throws BadParametersError */
function sourceOf(parameters: UploadParameters, path: string | null): string | null {
  if (parameters.archiveUrl !== null && path !== null) throw twoSources();
  if (parameters.archiveUrl === null && path === null) {
    throw new BadParametersError('Missing application archive: send it as body or form part, or name its URL');
  }
  return path;
}

function twoSources(): BadParametersError {
  return new BadParametersError("Can't pass both a blueprint URL via query parameters and blueprint data in the body");
}

export function unrecognizedArchive(): BadParametersError {
  return new BadParametersError(
    'Blueprint archive is of an unrecognized format. Supported are zip, tar, tar.gz, tar.bz2',
  );
}
