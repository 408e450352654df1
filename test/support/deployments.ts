import type { Answer, Client } from './client.js';
import { blueprintOf, uploadForm } from './blueprints.js';
import { unique } from './app.js';

/** Uploads a blueprint of these lines below the imports; answers its id. */
export async function uploaded(
  client: Client,
  yaml: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const id = unique('bp');
  const main = `tosca_definitions_version: cloudify_dsl_1_4\nimports:\n  - cloudify/types/types.yaml\n${yaml}`;
  const answer = await uploadForm(client, id, {}, blueprintOf({ 'blueprint.yaml': main, ...files }));
  if (answer.status !== 201) throw new Error(`The blueprint was refused: ${answer.text}`);
  return id;
}

/** Deploys it; answers what the manager says. */
export function deploy(client: Client, blueprint: string, id: string, body: object = {}, query = ''): Promise<Answer> {
  return client.put(`/deployments/${id}${query}`, { blueprint_id: blueprint, ...body });
}

/** A deployment of these lines; answers its id. */
export async function deployed(client: Client, yaml: string, body: object = {}): Promise<string> {
  const id = unique('dep');
  const answer = await deploy(client, await uploaded(client, yaml), id, body);
  if (answer.status !== 201) throw new Error(`The deployment was refused: ${answer.text}`);
  return id;
}
