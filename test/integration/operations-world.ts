import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ConflictError } from '../../src/core/errors/app-error.js';
import type { Result } from '../../src/core/graph/state.js';
import type { Json } from '../../src/core/graph/task.js';
import { AppConfig } from '../../src/platform/config/config.js';
import { LocalDispatch } from '../../src/platform/operations/local-dispatch.js';
import type {
  LogLevel,
  OperationHost,
  OperationInstance,
  OperationRequest,
  StoredRuntimeProperties,
} from '../../src/platform/operations/operation-dispatch.js';
import type { OperationsSettings } from '../../src/platform/operations/operations-settings.js';
import type { Log } from '../../src/platform/logging/log.js';
import type { Outbound } from '../../src/platform/outbound/outbound.js';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import { CapturedLog } from '../support/captured-log.js';

export function instanceOf(id: string, given: Partial<OperationInstance> = {}): OperationInstance {
  return {
    id,
    nodeId: id.split('_')[0] ?? id,
    nodeType: 'app.nodes.Web',
    typeHierarchy: ['cloudify.nodes.Root', 'app.nodes.Web'],
    hostId: null,
    index: 1,
    properties: {},
    scalingGroups: [],
    relationships: [],
    ...given,
  };
}

/** The manager's side of an operation, in memory. */
class MemoryHost implements OperationHost {
  readonly lines: { readonly level: LogLevel; readonly logger: string; readonly message: string }[] = [];
  readonly events: string[] = [];
  readonly resources = new Map<string, string | Buffer>();
  readonly stored = new Map<string, StoredRuntimeProperties>();
  readonly instances = new Map<string, OperationInstance>();
  folder = '';
  /** Called before a line is taken. */
  beforeLine: (message: string) => Promise<void> | void = () => undefined;

  async log(level: LogLevel, logger: string, message: string): Promise<void> {
    await this.beforeLine(message);
    this.lines.push({ level, logger, message });
  }
  async event(message: string): Promise<void> {
    this.events.push(message);
  }
  async runtimeProperties(instanceId: string): Promise<StoredRuntimeProperties> {
    return this.stored.get(instanceId) ?? { version: 1, properties: {} };
  }
  async saveRuntimeProperties(instanceId: string, changed: StoredRuntimeProperties): Promise<number> {
    const { version } = await this.runtimeProperties(instanceId);
    if (changed.version !== version)
      throw new ConflictError(`Node instance update conflict [current version=${version}]`);
    this.stored.set(instanceId, { version: version + 1, properties: changed.properties });
    return version + 1;
  }
  async instance(id: string): Promise<OperationInstance | null> {
    return this.instances.get(id) ?? null;
  }
  async resource(path: string): Promise<NodeJS.ReadableStream | null> {
    const content = this.resources.get(path);
    return content === undefined ? null : Readable.from([Buffer.from(content)]);
  }
  async resourceFiles(path: string): Promise<readonly string[] | null> {
    const below = [...this.resources.keys()].filter((name) => name.startsWith(`${path}/`));
    return below.length === 0 ? null : below.map((name) => name.slice(path.length + 1));
  }
  async workFolder(): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    return this.folder;
  }
  async token(): Promise<string> {
    return 'token-of-the-execution';
  }

  get text(): string {
    return this.lines.map(({ message }) => message).join('\n');
  }
  properties(id: string): Readonly<Record<string, Json>> {
    return this.stored.get(id)?.properties ?? {};
  }
}

export interface OperationWish {
  readonly inputs?: Readonly<Record<string, Json>>;
  readonly plugin?: string;
  readonly task?: string;
  readonly operation?: Partial<OperationRequest['operation']>;
  readonly secretValues?: readonly string[];
  readonly subject?: OperationRequest['subject'];
  readonly taskId?: string;
}

class TunedDispatch extends LocalDispatch {
  constructor(config: AppConfig, outbound: Outbound, log: Log, tuned: Partial<OperationsSettings>) {
    super(config, outbound, log);
    Object.assign(this.settings, tuned);
  }
}

/** A worker's dispatch with everything but the manager. */
export class OperationsWorld {
  readonly captured = new CapturedLog();
  readonly host = new MemoryHost();
  private count = 0;

  private constructor(
    readonly dispatch: LocalDispatch,
    readonly config: AppConfig,
    /** Others may read it. */
    readonly folder: string,
    captured: CapturedLog,
  ) {
    this.captured = captured;
    this.host.folder = join(folder, 'deployment');
  }

  static async open(
    settings: Partial<AppConfig> = {},
    outbound?: OutboundClient,
    tuned: Partial<OperationsSettings> = {},
  ): Promise<OperationsWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    const captured = new CapturedLog();
    const config = Object.assign(new AppConfig(), { operationsFolder: join(folder, 'operations'), ...settings });
    await chmod(folder, 0o755);
    const client = outbound ?? new OutboundClient({ allowedHosts: [], allowedNetworks: [], httpHosts: [] });
    const dispatch = new TunedDispatch(config, client, captured.log, tuned);
    return new OperationsWorld(dispatch, config, folder, captured);
  }

  request(wish: OperationWish): OperationRequest {
    this.count += 1;
    return {
      taskId: wish.taskId ?? `task-${this.count}`,
      execution: {
        id: 'exec-1',
        workflowId: 'install',
        tenantId: 1,
        tenantName: 'default_tenant',
        creator: 'alice',
        parameters: { force: false },
      },
      deployment: {
        id: 'dep',
        displayName: 'Deployment',
        creator: 'alice',
        blueprintId: 'bp',
        resourceTags: { team: 'a' },
      },
      operation: {
        name: 'cloudify.interfaces.lifecycle.create',
        plugin: wish.plugin ?? 'script',
        pluginProperties: {},
        task: wish.task ?? 'script_runner.tasks.run',
        executor: 'central_deployment_agent',
        retryNumber: 0,
        maxRetries: 3,
        timeoutSeconds: null,
        timeoutRecoverable: false,
        isResumed: false,
        ...wish.operation,
      },
      inputs: wish.inputs ?? {},
      secretValues: wish.secretValues ?? [],
      subject: wish.subject ?? {
        kind: 'node-instance',
        instance: instanceOf('web_a1b2', { properties: { port: 8080 } }),
      },
    };
  }

  run(wish: OperationWish, signal: AbortSignal = new AbortController().signal): Promise<Result> {
    return this.dispatch.run(this.request(wish), this.host, { signal, started: () => undefined });
  }

  /** An inline script of the shell. */
  shell(source: string, wish: OperationWish = {}, signal?: AbortSignal): Promise<Result> {
    return this.run({ ...wish, inputs: { script_source: `#!/bin/bash\n${source}`, ...wish.inputs } }, signal);
  }

  python(source: string, wish: OperationWish = {}): Promise<Result> {
    return this.run({ ...wish, inputs: { script_source: `#!/usr/bin/env python3\n${source}`, ...wish.inputs } });
  }

  async close(): Promise<void> {
    await this.dispatch.onModuleDestroy();
    await rm(this.folder, { recursive: true, force: true });
  }
}
