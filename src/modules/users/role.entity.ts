import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { RoleType } from '../../core/access/permission-matrix.js';

@Entity('role')
@Unique('role_name_uq', ['name'])
@Check('role_type_ck', `type IN ('system_role', 'tenant_role', 'any')`)
export class Role {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'role_pk',
  })
  readonly id: number;

  @Column('text') readonly name: string;

  @Column('text') readonly type: RoleType;

  @Column('text', { default: '' }) readonly description: string;

  /** When its permissions were edited last; null: never. */
  @Column('timestamp with time zone', { name: 'updated_at', precision: 3, nullable: true })
  readonly updatedAt: Date | null;
}
