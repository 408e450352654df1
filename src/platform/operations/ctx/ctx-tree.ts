import type { Json } from '../../../core/graph/task.js';
import type { OperationHost, OperationRequest } from '../operation-dispatch.js';
import type { OperationLog } from '../operation-log.js';
import type { OperationFiles } from '../files/operation-files.js';
import type { CtxSubject } from './ctx-subject.js';
import { isJsonMap } from './json-path.js';
import type { Outcome } from './outcome.js';
import { pythonText } from './python-text.js';
import { call, object, readOnly, value, type CtxNode } from './resolve.js';

export interface CtxParts {
  readonly request: OperationRequest;
  readonly host: OperationHost;
  readonly subject: CtxSubject;
  readonly outcome: Outcome;
  readonly log: OperationLog;
  readonly files: OperationFiles;
  readonly manager: { readonly host: string; readonly port: number };
  /** The operation's own folder. */
  readonly folder: string;
}

/** Everything that `ctx` answers (script-plugin §4). */
export function ctxTree(parts: CtxParts): CtxNode {
  const { request, subject } = parts;
  const { execution, deployment } = request;
  return object('ctx', {
    node: () => subject.node('instance'),
    instance: () => subject.instance('instance'),
    source: () => object('source', { node: () => subject.node('source'), instance: () => subject.instance('source') }),
    target: () => object('target', { node: () => subject.node('target'), instance: () => subject.instance('target') }),
    ...endings(parts),
    ...files(parts),
    ...elsewhere(),
    logger: () => logger(parts.log),
    send_event: () => call(['event'], 1, ([text]) => done(parts.log.event(asText(text)))),
    operation: () => operation(parts),
    type: () => value(request.subject.kind),
    execution_id: () => value(execution.id),
    workflow_id: () => value(execution.workflowId),
    workflow_parameters: () => readOnly(execution.parameters),
    execution_creator_username: () => value(execution.creator),
    task_id: () => value(request.taskId),
    task_name: () => value(request.operation.task),
    task_target: () => value(null),
    task_queue: () => value(null),
    tenant_name: () => value(execution.tenantName),
    tenant: () => readOnly({ name: execution.tenantName }),
    blueprint: () => object('blueprint', { id: () => value(deployment.blueprintId) }),
    deployment: () =>
      object('deployment', {
        id: () => value(deployment.id),
        display_name: () => value(deployment.displayName),
        creator: () => value(deployment.creator),
        resource_tags: () => readOnly(deployment.resourceTags),
        tenant_name: () => value(execution.tenantName),
        workdir: () => call([], 0, () => parts.files.workFolder()),
      }),
    plugin: () =>
      object('plugin', {
        name: () => value(request.operation.plugin),
        package_name: () => value(null),
        package_version: () => value(null),
        properties: () => readOnly(request.operation.pluginProperties),
        prefix: () => value(null),
        workdir: () => value(parts.folder),
      }),
    rest_host: () => value([parts.manager.host]),
    rest_port: () => value(parts.manager.port),
    rest_token: async () => value(await parts.host.token()),
    execution_token: async () => value(await parts.host.token()),
    capabilities: async () => readOnly(await capabilities(parts)),
    local_deployment_workdir: () => call([], 0, () => parts.files.workFolder()),
  });
}

function endings({ outcome }: CtxParts): Record<string, () => CtxNode> {
  return {
    returns: () =>
      call(['value'], 1, ([given]) => {
        outcome.returns(given ?? null);
        return null;
      }),
    abort_operation: () => call(['message'], 0, ([message]) => outcome.abort(asText(message ?? ''))),
    retry_operation: () =>
      call(['message', 'retry_after'], 0, ([message, after]) => outcome.retry(asText(message ?? ''), after ?? null)),
  };
}

function operation({ request, outcome }: CtxParts): CtxNode {
  const { name, retryNumber, maxRetries } = request.operation;
  const { subject } = request;
  return object('operation', {
    name: () => value(name),
    retry_number: () => value(retryNumber),
    max_retries: () => value(maxRetries),
    relationship: () => value(subject.kind === 'relationship-instance' ? subject.side : null),
    retry: () =>
      call(['message', 'retry_after'], 0, ([message, after]) => {
        outcome.retryWhenDone(asText(message ?? ''), after ?? null);
        return null;
      }),
  });
}

function logger(log: OperationLog): CtxNode {
  const level = (name: 'debug' | 'info' | 'warning' | 'error' | 'critical') => (): CtxNode =>
    call(['message'], 1, ([message]) => done(log.write(name, asText(message))));
  return object('logger', {
    debug: level('debug'),
    info: level('info'),
    warning: level('warning'),
    warn: level('warning'),
    error: level('error'),
    exception: level('error'),
    critical: level('critical'),
  });
}

function files({ files: store }: CtxParts): Record<string, () => CtxNode> {
  return {
    download_resource: () =>
      call(['path', 'target_path'], 1, ([from, to]) => store.download(textOr(from), targetOf(to))),
    download_resource_and_render: () =>
      call(['path', 'target_path', 'template_variables'], 1, ([from, to, given]) =>
        // A target may be left out.
        isJsonMap(to) && given === undefined
          ? store.downloadRendered(textOr(from), null, to)
          : store.downloadRendered(textOr(from), targetOf(to), variablesOf(given)),
      ),
    get_resource: () => call(['path'], 1, ([from]) => store.text(textOr(from))),
    get_resource_and_render: () =>
      call(['path', 'template_variables'], 1, ([from, given]) => store.rendered(textOr(from), variablesOf(given))),
    download_directory: () =>
      call(['path', 'target_path'], 1, ([from, to]) => store.downloadFolder(textOr(from), targetOf(to))),
    upload_deployment_file: () =>
      call(['target_file_path', 'src_file', 'src_file_mtime'], 2, ([to, from]) => store.keep(textOr(to), textOr(from))),
    delete_deployment_file: () => call(['file_path'], 1, ([from]) => store.drop(textOr(from))),
  };
}

/** What only a manager's REST API, or an agent, can tell. */
function elsewhere(): Record<string, () => CtxNode> {
  const rest = 'ask the REST API of rest-host with the token of ctx execution-token';
  return Object.fromEntries([
    refusal('bootstrap_context', rest),
    refusal('provider_context', rest),
    refusal('get_config', rest),
    refusal('get_managers', rest),
    refusal('get_brokers', rest),
    refusal('agent', 'the operation runs in the manager, not in an agent'),
  ]);
}

/** Runtime properties of what the instance is contained in or connected to, as the original's oldest scripts read them. */
async function capabilities({ subject, host }: CtxParts): Promise<Readonly<Record<string, Json>>> {
  const { instance } = subject.side('instance');
  const found = await Promise.all(
    instance.relationships.map(async ({ targetId }) => (await host.runtimeProperties(targetId)).properties),
  );
  return Object.fromEntries(found.flatMap((properties) => Object.entries(properties)));
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}

function refusal(name: string, why: string): [string, () => CtxNode] {
  return [
    name,
    () => {
      throw new Error(`ctx ${name.replaceAll('_', '-')} is not available here: ${why}`);
    },
  ];
}

function textOr(given: Json | undefined): string {
  return asText(given ?? '');
}

function targetOf(given: Json | undefined): string | null {
  return given === undefined || given === null || given === '' ? null : asText(given);
}

function variablesOf(given: Json | undefined): Readonly<Record<string, Json>> {
  if (given === undefined || given === null) return {};
  if (!isJsonMap(given)) throw new Error('template variables are a map');
  return given;
}

function asText(given: Json | undefined): string {
  return typeof given === 'string' ? given : pythonText(given ?? null);
}
