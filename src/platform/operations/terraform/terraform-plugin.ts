import type { PluginTask } from '../operation-run.js';
export const initTerraform: PluginTask = async () => ({ kind: 'non-recoverable', cause: 'later' });
export const planTerraform = initTerraform,
  applyTerraform = initTerraform,
  destroyTerraform = initTerraform;
