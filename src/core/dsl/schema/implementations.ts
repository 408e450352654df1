import type { At } from '../diagnostics.js';
import type { PlanPlugin } from '../plan.js';
import type { Plugins } from './plugins.js';
import type { Reading } from './reading.js';

/** Who has an implementation: decides the error of one that cannot be resolved (dsl.md §9.5). */
export type ImplementationKind = 'node' | 'relationship' | 'workflow';

const UNRESOLVED = { node: 10, relationship: 19, workflow: 21 } as const;

/** What an implementation text means. */
export interface Implementation {
  readonly plugin: PlanPlugin;
  /** The plugin's function. */
  readonly operation: string;
  /** For scripts: the input that tells the script plugin what to run. */
  readonly script?: { readonly input: 'script_path' | 'script_source'; readonly text: string };
}

const TASKS = {
  node: 'script_runner.tasks.run',
  relationship: 'script_runner.tasks.run',
  workflow: 'script_runner.tasks.execute_workflow',
} as const;

const NAMESPACE_MARK = '--';
const URL_SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//u;

/** What implementation texts mean in a blueprint (dsl.md §9.5): 10, 19, 21, 60, 61, 91. */
export class Implementations {
  private readonly files = new Map<string, boolean>();

  constructor(
    private readonly reading: Reading,
    private readonly plugins: Plugins,
  ) {}

  /**
   * @param text not empty
   * @param inputs the names that are given to the operation or workflow
   * @param subject the place of a fault
   * @returns null when a fault was reported
   */
  resolve(
    text: string,
    inputs: ReadonlyMap<unknown, unknown>,
    kind: ImplementationKind,
    subject: At,
  ): Implementation | null {
    const owners = this.plugins.owners(text);
    if (this.isScript(text, owners.length > 0)) {
      return this.script(text, inputs, kind, subject);
    }
    const [owner, other] = owners;
    if (owner === undefined) {
      const message = `Could not extract plugin from ${kind} mapping '${text}'`;
      this.reading.report(UNRESOLVED[kind], subject, message);
      return null;
    }
    if (other !== undefined) {
      const names = owners.map((plugin) => plugin.name).join(', ');
      this.reading.report(91, subject, `Ambiguous plugin for mapping '${text}': ${names}`);
      return null;
    }
    return { plugin: owner, operation: text.slice(owner.name.length + 1) };
  }

  private isScript(text: string, hasOwner: boolean): boolean {
    return (
      isInline(text) ||
      URL_SCHEME.test(text) ||
      this.isFile(text) ||
      (!hasOwner &&
        [...this.reading.namespaces.keys()].some((namespace) => text.startsWith(namespace + NAMESPACE_MARK)))
    );
  }

  /** Whether the blueprint's folder holds it; the namespace that an import put before it is no part of the path. */
  private isFile(text: string): boolean {
    let known = this.files.get(text);
    if (known === undefined) {
      const mark = text.lastIndexOf(NAMESPACE_MARK);
      const path = mark < 0 ? '' : text.slice(mark + NAMESPACE_MARK.length);
      known = this.reading.hasFile(text) || (path !== '' && this.reading.hasFile(path));
      this.files.set(text, known);
    }
    return known;
  }

  private script(
    text: string,
    inputs: ReadonlyMap<unknown, unknown>,
    kind: ImplementationKind,
    subject: At,
  ): Implementation | null {
    for (const taken of ['script_path', 'script_source']) {
      if (inputs.has(taken)) {
        this.reading.report(60, subject, `Cannot define '${taken}' beside the script '${firstLine(text)}'`);
        return null;
      }
    }
    const plugin = this.plugins.script;
    if (plugin === undefined) {
      this.reading.report(61, subject, `Script plugin is not defined but it is required by '${firstLine(text)}'`);
      return null;
    }
    const script = { input: isInline(text) ? 'script_source' : 'script_path', text } as const;
    return { plugin, operation: TASKS[kind], script };
  }
}

function isInline(text: string): boolean {
  return text.trim().includes('\n');
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
