import type { Json } from '../../../core/graph/task.js';
import type { CtxNode } from '../ctx/resolve.js';

export async function renderTemplate(
  _template: string,
  _variables: Readonly<Record<string, Json>>,
  _ctx: CtxNode,
): Promise<string> {
  throw new Error('later');
}
