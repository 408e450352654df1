import { AsyncLocalStorage } from 'node:async_hooks';

/** Carries the request id to the logger, and nothing else: who is asking travels in `Ctx` (ADR 0001). */
const storage = new AsyncLocalStorage<string>();

export function runWithRequestId<T>(requestId: string, work: () => T): T {
  return storage.run(requestId, work);
}

export function currentRequestId(): string | undefined {
  return storage.getStore();
}
