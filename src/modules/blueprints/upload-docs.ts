import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiQuery } from '@nestjs/swagger';

/** The ways to send a blueprint, as the OpenAPI document has them (rest-api §1.15, §3.1). */
export function UploadDocs(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('multipart/form-data', 'application/octet-stream'),
    ApiBody({
      required: false,
      schema: {
        type: 'object',
        properties: { params: { type: 'string' }, blueprint_archive: { type: 'string', format: 'binary' } },
      },
    }),
    ApiQuery({ name: 'application_file_name', type: String, required: false }),
    ApiQuery({ name: 'visibility', enum: ['private', 'tenant', 'global'], required: false }),
    ApiQuery({ name: 'private_resource', type: Boolean, required: false }),
    ApiQuery({ name: 'blueprint_archive_url', type: String, required: false }),
    ApiQuery({ name: 'async_upload', type: Boolean, required: false }),
    ApiQuery({ name: 'labels', type: String, required: false, description: 'JSON' }),
    ApiQuery({ name: 'skip_execution', type: Boolean, required: false }),
  );
}
