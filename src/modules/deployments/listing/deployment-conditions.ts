import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, printable, type QueryValues } from '../../../core/listing/query-values.js';
import type { ReachCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { escapeLike, type Condition } from '../../../platform/listing/list-query.js';
import { DeploymentConditionsRepository } from './deployment-conditions.repository.js';

/** What lists of deployments may be asked for on top of filters (rest-api §3.2). */
@Injectable()
export class DeploymentConditions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: DeploymentConditionsRepository,
  ) {}

  /**
   * `isSearched`: the listing's own search is among the conditions, since `_search_name` is another way to match it.
   * @throws NotFoundError for a group or deployment that is not there
   */
  async of(
    ctx: ReachCtx,
    listing: Listing,
    query: QueryValues,
  ): Promise<{ readonly extra: readonly Condition[]; readonly isSearched: boolean }> {
    const name = (firstOf(query, '_search_name') ?? '').normalize('NFKC');
    const extra: Condition[] = [];
    if (name !== '') extra.push(searched(listing.search, name));
    const group = firstOf(query, '_group_id') ?? '';
    if (group !== '') extra.push(memberOf(await this.group(ctx, group)));
    const depending = firstOf(query, '_dependencies_of') ?? '';
    if (depending !== '') extra.push(needed(await this.deployment(ctx, depending)));
    if ((firstOf(query, '_environments_only') ?? '') !== '') extra.push(noComponent);
    return { extra, isSearched: name !== '' };
  }

  private async group(ctx: ReachCtx, id: string): Promise<string> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.repository.visible(ctx, 'deployment_group', id));
    if (found === null) throw new NotFoundError('DeploymentGroup', printable(id));
    return found;
  }

  private async deployment(ctx: ReachCtx, id: string): Promise<string> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.repository.visible(ctx, 'deployment', id));
    if (found === null) throw new NotFoundError('Deployment', printable(id));
    return found;
  }
}

function searched(id: string | null, name: string): Condition {
  return (parameters) => {
    const like = (text: string): string => parameters.add(`%${escapeLike(text)}%`);
    const byName = `r.display_name ILIKE ${like(name)}`;
    return id === null ? byName : `(r.id ILIKE ${like(id)} OR ${byName})`;
  };
}

function memberOf(groupStorageId: string): Condition {
  return (parameters) =>
    `EXISTS (SELECT FROM deployment_group_member m WHERE m.deployment_id = r.storage_id
       AND m.deployment_group_id = ${parameters.add(groupStorageId)}::bigint)`;
}

/** What a deployment depends on, and what that depends on, and so on. */
function needed(storageId: string): Condition {
  return (parameters) => `r.storage_id IN (
    WITH RECURSIVE needed (id) AS (
      SELECT i.target_deployment_id FROM inter_deployment_dependency i
       WHERE i.source_deployment_id = ${parameters.add(storageId)}::bigint
       UNION
      SELECT i.target_deployment_id FROM needed n
        JOIN inter_deployment_dependency i ON i.source_deployment_id = n.id
    ) SELECT id FROM needed WHERE id IS NOT NULL)`;
}

const noComponent: Condition = () =>
  `NOT EXISTS (SELECT FROM inter_deployment_dependency i WHERE i.target_deployment_id = r.storage_id
     AND starts_with(i.dependency_creator, 'component.'))`;
