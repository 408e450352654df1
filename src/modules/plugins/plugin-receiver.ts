import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BadParametersError } from '../../core/errors/app-error.js';
import { AppConfig } from '../../platform/config/config.js';
import { streamOf } from '../../platform/http/body-reader.js';
import { isMultipart, receiveMultipart } from '../../platform/http/multipart.js';
import { receiveBody } from '../../platform/http/receive-body.js';
import { Outbound } from '../../platform/outbound/outbound.js';
import type { PluginUploadParameters } from './upload-parameters.js';

/** Takes the file of a plugin in every way that clients send one (rest-api §1.15, §5.4, §5.7). */
@Injectable()
export class PluginReceiver {
  private readonly maxBytes: number;

  constructor(
    config: AppConfig,
    private readonly outbound: Outbound,
  ) {
    this.maxBytes = config.maxUploadMib * 1024 * 1024;
  }

  /**
   * Writes the file to `path`: the body, the file of a form, or what the URL holds.
   * @throws BadParametersError when there is none or both, CodelessError 400, 408, 413, StorageFullError,
   *   OutboundRefusedError
   */
  async receive(request: FastifyRequest, { archiveUrl }: PluginUploadParameters, path: string): Promise<void> {
    if (archiveUrl !== null && Number(request.headers['content-length'] ?? 0) > 0 && !isForm(request)) {
      throw twoSources();
    }
    const hasFile = isForm(request) ? await this.form(request, path) : await receiveBody(request, path, this.maxBytes);
    if (archiveUrl !== null && hasFile) throw twoSources();
    if (hasFile) return;
    if (archiveUrl === null) {
      throw new BadParametersError('Missing plugin archive: send it as the body, or name its URL');
    }
    await this.outbound.fetchToFile(archiveUrl, path, { maxBytes: this.maxBytes });
  }

  /** False for a form without a file, as web pages send it beside a URL. */
  private async form(request: FastifyRequest, path: string): Promise<boolean> {
    const contentType = request.headers['content-type'] ?? '';
    const form = await receiveMultipart(streamOf(request), contentType, path, { maxFileBytes: this.maxBytes });
    return form.file !== null;
  }
}

function isForm(request: FastifyRequest): boolean {
  return isMultipart(request.headers['content-type']);
}

function twoSources(): BadParametersError {
  return new BadParametersError("Can't pass both a plugin URL via query parameters and plugin data in the body");
}
