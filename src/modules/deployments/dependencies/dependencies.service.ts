import { Injectable } from '@nestjs/common';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DependenciesRepository, type RawDependent } from './dependencies.repository.js';

/** What is about to happen to the deployment that others may depend on. */
export type DependencyQuestion =
  | { readonly purpose: 'workflow'; readonly workflowId: string; readonly recursive?: boolean }
  /** Its row is to go: whoever has it as a component counts, and so do its children. */
  | { readonly purpose: 'delete'; readonly recursive?: boolean };

/** A deployment that depends on another one. */
export interface Dependent {
  /** Null: the caller may not see it. */
  readonly deployment: string | null;
  readonly tenant: string | null;
  readonly type: 'component' | 'sharedresource' | 'deployment' | 'child';
  /** The node instance that made the dependency, where one did. */
  readonly node: string | null;
}

/** Workflows that others may keep a deployment from (orchestration §2). */
const BLOCKED_WORKFLOWS: readonly string[] = ['stop', 'uninstall', 'update', 'csys_new_deployment_update', 'heal'];
const SHOWN = 3;

/** Who depends on whom. Everything runs in the open transaction. */
@Injectable()
export class DependenciesService {
  constructor(private readonly dependencies: DependenciesRepository) {}

  /**
   * The deployments that stand in the way (orchestration §2): for workflows that take something away, whoever depends on
   * it, but not as its component; for `uninstall` not those that only read a capability and are inactive. A `recursive`
   * question looks at the children, too. Deployments that the caller may not see count, without their names.
   */
  async dependentsOf(
    ctx: TenantCtx,
    deploymentStorageId: string,
    question: DependencyQuestion,
  ): Promise<readonly Dependent[]> {
    if (question.purpose === 'workflow' && !BLOCKED_WORKFLOWS.includes(question.workflowId)) return [];
    const all = await this.dependencies.dependents(ctx, deploymentStorageId, question.recursive === true);
    return all.filter((dependent) => stands(dependent, question)).map(toDependent);
  }

  /** @throws AppError dependent_exists_error that names some of them */
  async assertNoDependents(
    ctx: TenantCtx,
    deployment: { readonly storageId: string; readonly id: string },
    question: DependencyQuestion,
  ): Promise<void> {
    const dependents = await this.dependentsOf(ctx, deployment.storageId, question);
    if (dependents.length === 0) return;
    const what =
      question.purpose === 'delete' ? 'delete deployment' : `run workflow ${question.workflowId} on deployment`;
    throw new AppError(
      'dependent_exists_error',
      `Can't ${what} ${deployment.id}: others depend on it: ${describe(dependents)}`,
    );
  }
}

function stands({ creator, isActive, isChild }: RawDependent, question: DependencyQuestion): boolean {
  if (question.purpose === 'delete') return !isChild || question.recursive !== true;
  if (isChild || creator.startsWith('component.')) return false;
  return !(question.workflowId === 'uninstall' && creator.endsWith('get_capability') && !isActive);
}

function toDependent({ deployment, tenant, creator, isChild }: RawDependent): Dependent {
  const [kind = '', node = null] = creator.split('.');
  const type = isChild ? 'child' : kind === 'component' || kind === 'sharedresource' ? kind : 'deployment';
  return { deployment, tenant, type, node: type === 'component' || type === 'sharedresource' ? node : null };
}

function describe(dependents: readonly Dependent[]): string {
  const texts = new Set(
    dependents.map(({ deployment, type }) => `[${type}] ${deployment ?? 'a deployment that you may not see'}`),
  );
  const shown = [...texts].slice(0, SHOWN).join(', ');
  return texts.size > SHOWN ? `${shown} and ${texts.size - SHOWN} more` : shown;
}
