import busboy from 'busboy';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { BadParametersError, CodelessError } from '../../core/errors/app-error.js';
import type { StoredFile } from '../files/file-store.js';
import { DEFAULT_IDLE_TIMEOUT_MS } from '../files/receive-upload.js';
import { bodyChunks, bodyTooLarge, dropBody } from '../files/upload-body.js';
import { writeNewFile } from '../files/write-new-file.js';
import { FormPump } from './form-pump.js';

export interface MultipartLimits {
  readonly maxFileBytes: number;
  /** Of each text field; default 1 MiB. */
  readonly maxFieldBytes?: number;
  /** Default 32. */
  readonly maxParts?: number;
  /** Longest pause of the client; default 60 s. */
  readonly idleTimeoutMs?: number;
}

interface MultipartFile extends StoredFile {
  readonly path: string;
  readonly fieldName: string;
  /** As the client says, without folders. Carries no meaning (rest-api §5.4); never part of a path. */
  readonly fileName: string | null;
}

export interface MultipartForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: MultipartFile | null;
}

const MEBIBYTE = 1024 * 1024;
/** What part headers, boundaries and a preamble may add to files and fields. */
const FRAMING_BYTES = MEBIBYTE;

/** Whether a request carries a form. Web clients also send forms without parts where no body is needed (rest-api §5.7). */
export function isMultipart(contentType: string | undefined): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(contentType ?? '');
}

/**
 * Reads a multipart/form-data body: text fields, and at most one file, in any order, either may be missing. The file is
 * written to `filePath`, a new file as a rule in a staging folder, while it comes. An empty body is an empty form. On
 * any failure the file is gone, and the rest of the body is read and dropped behind the answer, or the connection closed.
 *
 * @throws BadParametersError when the form is malformed, has too many parts, a second file, or a field twice;
 *   CodelessError 413, 408, 400 as `receiveUpload`; StorageFullError
 */
export async function receiveMultipart(
  body: Readable,
  contentType: string,
  filePath: string,
  limits: MultipartLimits,
): Promise<MultipartForm> {
  const reader = new FormReader(filePath, limits);
  try {
    const maxBytes = limits.maxFileBytes + reader.maxFieldBytes * reader.maxParts + FRAMING_BYTES;
    let bytes = 0;
    for await (const chunk of bodyChunks(body, limits.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS)) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw bodyTooLarge(maxBytes);
      await reader.write(chunk, contentType);
    }
    return await reader.end();
  } catch (error) {
    await reader.abandon();
    dropBody(body);
    throw error;
  }
}

/** Collects what one form holds. */
class FormReader {
  readonly maxFieldBytes: number;
  readonly maxParts: number;
  private readonly fields = new Map<string, string>();
  private pump: FormPump | null = null;
  private file: Promise<MultipartFile> | null = null;

  constructor(
    private readonly filePath: string,
    private readonly limits: MultipartLimits,
  ) {
    this.maxFieldBytes = limits.maxFieldBytes ?? MEBIBYTE;
    this.maxParts = limits.maxParts ?? 32;
  }

  async write(chunk: Buffer, contentType: string): Promise<void> {
    this.pump ??= this.open(contentType); // not before there is something: an empty form need not have a boundary
    await this.pump.write(chunk);
  }

  async end(): Promise<MultipartForm> {
    await this.pump?.end();
    const file = await this.file;
    if (file === null) return { fields: this.fields, file: null };
    if (file.bytes === 0 && file.fileName === null) {
      await rm(file.path, { force: true }); // how a browser sends a file field that nobody filled in
      return { fields: this.fields, file: null };
    }
    return { fields: this.fields, file };
  }

  async abandon(): Promise<void> {
    this.pump?.destroy();
    if (this.file === null) return;
    const isOurs = await this.file.then(
      () => true,
      () => false, // whoever failed to write it has removed it, or it was never ours
    );
    if (isOurs) await rm(this.filePath, { force: true });
  }

  private open(contentType: string): FormPump {
    const parser = parserFor(contentType, {
      parts: this.maxParts + 1, // busboy tells when it reaches the limit, not when it passes it
      fieldSize: this.maxFieldBytes + 1, // busboy calls a field of exactly the limit truncated
    });
    const pump = new FormPump(parser);
    const refuse = (what: string): void => pump.fail(new BadParametersError(`The form ${what}`));
    parser.on('field', (name, value, { valueTruncated }) => {
      if (valueTruncated) return pump.fail(fieldTooLarge(this.maxFieldBytes));
      if (this.fields.has(name)) return refuse('has a field twice');
      if (value.includes('\uFFFD')) return refuse('is not valid UTF-8');
      this.fields.set(name, value);
    });
    parser.on('file', (name, stream, { filename }) => {
      stream.on('error', () => undefined); // told by the pump
      if (this.file !== null) {
        stream.resume();
        return refuse('has more than one file');
      }
      this.file = this.store(stream, name, filename);
      this.file.catch((error: unknown) => pump.fail(error));
    });
    parser.on('partsLimit', () => refuse(`has more than ${this.maxParts} parts`));
    return pump;
  }

  private async store(
    stream: Readable,
    name: string | undefined,
    fileName: string | undefined,
  ): Promise<MultipartFile> {
    const maxBytes = this.limits.maxFileBytes;
    const stored = await writeNewFile(this.filePath, stream, { maxBytes, tooLarge: () => bodyTooLarge(maxBytes) });
    return { ...stored, path: this.filePath, fieldName: name ?? '', fileName: fileName ?? null };
  }
}

function parserFor(contentType: string, limits: busboy.Limits): busboy.Busboy {
  try {
    return busboy({ headers: { 'content-type': contentType }, defParamCharset: 'utf8', limits });
  } catch (error) {
    throw new BadParametersError('The form is malformed: its content type has no boundary', { cause: error });
  }
}

function fieldTooLarge(maxBytes: number): CodelessError {
  return new CodelessError(413, `A field of the form is larger than ${maxBytes} bytes`);
}
