import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('tenant')
@Unique('tenant_name_uq', ['name'])
export class Tenant {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'tenant_pk',
  })
  readonly id: number;

  @Column('text') readonly name: string;

  @Column('text', { name: 'rabbitmq_username' }) readonly rabbitmqUsername: string;

  @Column('text', { name: 'rabbitmq_vhost' }) readonly rabbitmqVhost: string;

  /** An envelope under the installation's key; see BrokerPasswords. */
  @Column('bytea', { name: 'rabbitmq_password_sealed', nullable: true }) readonly rabbitmqPasswordSealed: Buffer | null;

  @Column('integer', { name: 'rabbitmq_password_version', default: 1 }) readonly rabbitmqPasswordVersion: number;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3, default: () => 'now()' })
  readonly createdAt: Date;
}
