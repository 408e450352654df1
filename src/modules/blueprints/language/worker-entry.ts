import { threadEntry } from '../../../platform/threads/thread-entry.js';

export const WORKER_ENTRY = threadEntry(import.meta.url, './parse.worker');
