import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Answer, Client, RequestOptions } from './client.js';
import { goodBlueprint } from './archive-builder.js';

const BOUNDARY = 'hfboundary7391';
const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

/** The body of a blueprint's form, as the Python client sends it (rest-api §5.4). */
export function blueprintForm(params: object | null, archive: Buffer | null): Buffer {
  const parts: Buffer[] = [];
  const part = (head: string, content: Buffer): void => {
    parts.push(Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), content, Buffer.from('\r\n'));
  };
  if (params !== null) part('Content-Disposition: form-data; name="params"', Buffer.from(JSON.stringify(params)));
  if (archive !== null) {
    part(
      'Content-Disposition: form-data; name="blueprint_archive"; filename="filename"\r\nContent-Type: text/plain',
      archive,
    );
  }
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** Uploads by form. */
export function uploadForm(
  client: Client,
  id: string,
  params: object | null = {},
  archive: Buffer | null = goodBlueprint(),
): Promise<Answer> {
  return client.put(`/blueprints/${id}`, blueprintForm(params, archive), { headers: FORM });
}

/** Uploads the archive as the whole body, with parameters in the query. */
export function uploadRaw(
  client: Client,
  id: string,
  archive: Buffer = goodBlueprint(),
  options: RequestOptions = {},
): Promise<Answer> {
  return client.put(`/blueprints/${id}`, archive, options);
}

/** An archive of one folder with these files. */
export function blueprintOf(files: Readonly<Record<string, string>>): Buffer {
  return goodBlueprint(
    'zip',
    Object.entries(files).map(([path, content]) => ({ path, content })),
  );
}

export const HEAD = 'tosca_definitions_version: cloudify_dsl_1_3\n';

/** The smallest PNG there is: one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** What the file store of an application holds: `files/blueprints/<key>/…`, and what should not be there. */
export async function storedFiles(dataDir: string): Promise<readonly string[]> {
  const root = join(dataDir, 'files');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = ['files', 'staging', 'trash', 'blueprints'];
  return entries
    .filter((entry) => entry.isFile() || !folders.includes(entry.name) || entry.parentPath.endsWith('staging'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
