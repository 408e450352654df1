import type { At } from '../diagnostics.js';
import type { Interfaces, PlanPlugin, ResolvedOperation, ResolvedOperations } from '../plan.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict } from '../values.js';
import type { Budget } from './budget.js';
import type { ImplementationKind, Implementations } from './implementations.js';
import { NO_INTERFACES } from './interfaces.js';
import type { TemplateOperation, TypeOperation } from './operations.js';
import type { Plugins } from './plugins.js';

/** Merged interfaces, what their operations resolve to, and the plugins that these use. */
export interface BoundOperations {
  readonly interfaces: Interfaces;
  readonly operations: ResolvedOperations;
  /** Each once per effective executor. */
  readonly plugins: readonly PlanPlugin[];
}

const NOTHING_BOUND: BoundOperations = { interfaces: NO_INTERFACES, operations: new Map(), plugins: [] };

const NO_RESOLVED_OPERATION: ResolvedOperation = {
  plugin: '',
  operation: '',
  executor: null,
  inputs: new Map(),
  has_intrinsic_functions: false,
  max_retries: null,
  retry_interval: null,
  timeout: null,
  timeout_recoverable: null,
};

/** Resolves operations to plugins (plan.md §1.3). The same interfaces, and the same operation, are resolved once. */
export class OperationBinder {
  private readonly bound = new Map<Interfaces, BoundOperations>();
  private readonly resolved = new Map<TemplateOperation, ResolvedOperation>();

  constructor(
    private readonly implementations: Implementations,
    private readonly plugins: Plugins,
    private readonly budget: Budget,
  ) {}

  /** @param subject the node template, the place of faults */
  bind(interfaces: Interfaces, kind: ImplementationKind, subject: At): BoundOperations {
    if (interfaces.size === 0) {
      return NOTHING_BOUND;
    }
    let bound = this.bound.get(interfaces);
    if (bound === undefined) {
      const operations = this.resolveAll(interfaces, kind, subject);
      this.budget.charge(operations.size);
      bound = { interfaces, operations, plugins: this.usedPlugins(operations) };
      this.bound.set(interfaces, bound);
    }
    return bound;
  }

  /** Reports what cannot be resolved in a relationship type, used or not. */
  check(operations: Iterable<TypeOperation>, subject: At): void {
    for (const { implementation, inputs } of operations) {
      if (implementation !== '') {
        this.implementations.resolve(implementation, inputs, 'relationship', subject);
      }
    }
  }

  /**
   * Every operation under `INTERFACE.OPERATION`, and under its bare name if that is the name of no other one. Names
   * that coincide by their dots follow the same rule in the order of the interfaces.
   */
  private resolveAll(interfaces: Interfaces, kind: ImplementationKind, subject: At): ResolvedOperations {
    const operations = new Map<string, ResolvedOperation>();
    const ambiguous = new Set<string>();
    for (const [interfaceName, ofInterface] of interfaces) {
      for (const [name, operation] of ofInterface) {
        const resolved = this.resolve(operation, kind, subject);
        if (operations.has(name)) {
          ambiguous.add(name);
        } else {
          operations.set(name, resolved);
        }
        const qualified = `${interfaceName}.${name}`;
        operations.set(qualified, resolved);
        ambiguous.delete(qualified);
      }
    }
    for (const name of ambiguous) {
      operations.delete(name);
    }
    return operations;
  }

  private resolve(operation: TemplateOperation, kind: ImplementationKind, subject: At): ResolvedOperation {
    if (operation.implementation === '') {
      return NO_RESOLVED_OPERATION;
    }
    let resolved = this.resolved.get(operation);
    if (resolved === undefined) {
      resolved = this.make(operation, kind, subject);
      this.resolved.set(operation, resolved);
    }
    return resolved;
  }

  private make(operation: TemplateOperation, kind: ImplementationKind, subject: At): ResolvedOperation {
    const meaning = this.implementations.resolve(operation.implementation, operation.inputs, kind, subject);
    if (meaning === null) {
      return NO_RESOLVED_OPERATION;
    }
    const { plugin, script } = meaning;
    const inputs: Dict =
      script === undefined ? operation.inputs : new Map<Key, Value>(operation.inputs).set(script.input, script.text);
    const types = inputTypes(inputs);
    return {
      plugin: plugin.name,
      operation: meaning.operation,
      executor: operation.executor ?? (script === undefined ? plugin.executor : 'auto'),
      inputs,
      has_intrinsic_functions: false,
      max_retries: operation.max_retries,
      retry_interval: operation.retry_interval,
      timeout: operation.timeout,
      timeout_recoverable: operation.timeout_recoverable,
      ...(types === null ? {} : { inputs_types: types }),
    };
  }

  private usedPlugins(operations: ResolvedOperations): readonly PlanPlugin[] {
    const used = new Set<PlanPlugin>();
    for (const { plugin, executor } of operations.values()) {
      const use = plugin === '' ? undefined : this.plugins.use(plugin, executor);
      if (use !== undefined) {
        used.add(use);
      }
    }
    return [...used];
  }
}

/** The types that dictionaries among the inputs carry (plan.md §1.3); null when there are none. */
function inputTypes(inputs: Dict): Dict | null {
  let types: Map<Key, Value> | null = null;
  for (const [name, value] of inputs) {
    const type = isDict(value) ? value.get('type') : undefined;
    if (type !== undefined) {
      types ??= new Map();
      types.set(name, type);
    }
  }
  return types;
}
