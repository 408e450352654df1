import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readable } from 'node:stream';

export interface LateRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** What happens while the manager waits for the body; the guards have passed by then. */
  readonly meanwhile: () => Promise<void>;
}

/** Posts JSON whose end comes late. @returns the status */
export async function postLate(
  app: NestFastifyApplication,
  { url, headers, body, meanwhile }: LateRequest,
): Promise<number> {
  const text = JSON.stringify(body);
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  async function* chunks(): AsyncGenerator<string> {
    yield text.slice(0, 1);
    asked.resolve(); // nobody asks for more before the guards have passed
    await released.promise;
    yield text.slice(1);
  }
  const answer = app
    .inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked', ...headers },
      payload: Readable.from(chunks()),
    })
    .then(({ statusCode }) => statusCode);
  const early = await Promise.race([asked.promise, answer]);
  if (early !== undefined) throw new Error(`Answered ${early} before the body was asked for.`);
  await meanwhile();
  released.resolve();
  return answer;
}
