import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Json } from '../../../core/graph/task.js';
import type { OperationHost } from '../operation-dispatch.js';
import type { AsUser } from './as-user.js';
import type { WorkFolder } from './work-folder.js';

/** Of a text that is handed over, or a template. */
const LARGEST_TEXT = 8_388_608;
const LARGEST_KEPT = 268_435_456;

/** Turns a template and its variables into a text (script-plugin §4). */
export type RenderTemplate = (template: string, variables: Readonly<Record<string, Json>>) => Promise<string>;

/** A resource is nowhere: the operation cannot mend that (agent-protocol §10). */
export class ResourceMissingError extends Error {
  constructor(path: string) {
    super(`the resource ${path} was not found in the deployment, its blueprint, or the shared resources (404)`);
    this.name = 'HttpException';
  }
}

/** Files of the blueprint and the deployment, for the `ctx` of one operation. */
export class OperationFiles {
  constructor(
    private readonly host: OperationHost,
    private readonly user: AsUser,
    private readonly work: WorkFolder,
    private readonly folder: string,
    private readonly render: RenderTemplate,
  ) {}

  /** @returns where the file is */
  async download(path: string, target: string | null): Promise<string> {
    const resource = await this.open(path);
    const file = target ?? this.fresh(path);
    await this.user.write(file, resource);
    return file;
  }

  async downloadRendered(
    path: string,
    target: string | null,
    variables: Readonly<Record<string, Json>>,
  ): Promise<string> {
    const file = target ?? this.fresh(path);
    await this.user.write(file, Readable.from([await this.rendered(path, variables)]));
    return file;
  }

  /** @throws Error when it is no text, or too long for one */
  async text(path: string): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of await this.open(path)) {
      const buffer = Buffer.from(chunk);
      bytes += buffer.length;
      if (bytes > LARGEST_TEXT) throw new Error(`${path} is too long to be handed over as text: use download-resource`);
      chunks.push(buffer);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    } catch {
      throw new Error(`${path} is no UTF-8 text: use download-resource`);
    }
  }

  async rendered(path: string, variables: Readonly<Record<string, Json>>): Promise<string> {
    return this.render(await this.text(path), variables);
  }

  async downloadFolder(path: string, target: string | null): Promise<string> {
    if (this.host.resourceFiles === undefined) {
      throw new Error('ctx download-directory is not available here: use download-resource for each file');
    }
    const files = await this.host.resourceFiles(path);
    if (files === null) throw new ResourceMissingError(path);
    const folder = target ?? this.fresh(path);
    for (const file of files) await this.user.write(join(folder, file), await this.open(join(path, file)));
    return folder;
  }

  workFolder(): Promise<string> {
    return this.work.path();
  }

  /** Puts a file into the deployment's folder. */
  async keep(target: string, source: string): Promise<null> {
    await this.work.put(target, await this.user.read(source, LARGEST_KEPT));
    return null;
  }

  async drop(path: string): Promise<null> {
    await this.work.remove(path);
    return null;
  }

  private fresh(path: string): string {
    return join(this.folder, `resource-${randomBytes(8).toString('hex')}`, basename(path));
  }

  private async open(path: string): Promise<NodeJS.ReadableStream> {
    const resource = await this.host.resource(path);
    if (resource === null) throw new ResourceMissingError(path);
    return resource;
  }
}
