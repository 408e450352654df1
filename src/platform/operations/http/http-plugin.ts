import type { PluginTask } from '../operation-run.js';
export const requestHttp: PluginTask = async () => ({ kind: 'non-recoverable', cause: 'later' });
