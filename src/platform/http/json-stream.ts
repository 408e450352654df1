import type { Readable } from 'node:stream';

/** A JSON answer too large to be held at once; the stream yields its text. */
export class JsonStream {
  constructor(readonly stream: Readable) {}
}

/** A file to download: never compressed, always with its length (rest-api §1.15, §5.5). */
export class FileDownload {
  constructor(
    readonly file: { readonly stream: Readable; readonly bytes: number | null },
    readonly name: string,
    readonly contentType = 'application/octet-stream',
    /** Images that pages show in place. */
    readonly inline = false,
  ) {}
}
