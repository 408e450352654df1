import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('user_group')
@Unique('user_group_name_uq', ['nameKey'])
@Unique('user_group_ldap_dn_uq', ['ldapDnKey'])
export class UserGroup {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'user_group_pk',
  })
  readonly id: number;

  /** As it was written when the group was made. */
  @Column('text') readonly name: string;

  /** Its canonical form, by which names are compared. */
  @Column('text', { name: 'name_key' }) readonly nameKey: string;

  /** Its name in a directory; null for groups of ours alone. */
  @Column('text', { name: 'ldap_dn', nullable: true }) readonly ldapDn: string | null;

  @Column('text', { name: 'ldap_dn_key', nullable: true }) readonly ldapDnKey: string | null;

  @Index('user_group_role_ix')
  @ForeignKey('role', { name: 'user_group_role_fk' })
  @Column('integer', { name: 'role_id' })
  readonly roleId: number;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3, default: () => 'now()' })
  readonly createdAt: Date;
}
