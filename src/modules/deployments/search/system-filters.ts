import { Injectable } from '@nestjs/common';
import type { FilterRule } from '../../../core/filters/filter-rules.js';
import { Clock } from '../../../platform/clock/clock.js';
import { systemTenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemFiltersRepository } from './system-filters.repository.js';

const label = (key: string, operator: 'any_of' | 'is_not' | 'is_null', ...values: string[]): FilterRule => ({
  key,
  values,
  operator,
  type: 'label',
});

const TOP_LEVEL = label('csys-obj-parent', 'is_null');
const KINDS = [
  'aws',
  'azure',
  'gcp',
  'terragrunt',
  'helm',
  'ansible',
  'starlingx',
  'vsphere',
  'docker',
  'netconf',
  'fabric',
  'libvirt',
  'utilities',
  'host-pool',
  'diamond',
  'openstack',
  'openstack-v3',
  'vcloud',
] as const;

/** rest-api §3.15. */
const SYSTEM_FILTERS: ReadonlyMap<string, readonly FilterRule[]> = new Map<string, readonly FilterRule[]>([
  ['csys-environment-filter', [label('csys-obj-type', 'any_of', 'environment'), TOP_LEVEL]],
  ['csys-service-filter', [label('csys-obj-type', 'is_not', 'environment'), TOP_LEVEL]],
  ['csys-k8s-filter', [label('obj-type', 'any_of', 'k8s')]],
  ['csys-terraform-filter', [label('obj-type', 'any_of', 'terraform')]],
  ...KINDS.map((kind) => [`${kind}-deployments`, [label('obj-type', 'any_of', kind)]] as const),
]);

/** The filters that every installation has, of the bootstrap administrator in the default tenant. */
@Injectable()
export class SystemFilters {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: SystemFiltersRepository,
    private readonly clock: Clock,
  ) {}

  /** What is there already stays; at each start, since a newer release may bring more. Safe when several start at once. */
  async seed(): Promise<void> {
    const ctx = systemTenantCtx('seed', { id: 0, name: 'default_tenant' });
    await this.unitOfWork.run(ctx, (ctx) => this.repository.add(ctx, SYSTEM_FILTERS, this.clock.now()));
  }
}
