import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

@Entity('user_account')
@Unique('user_account_username_uq', ['usernameKey'])
export class UserAccount {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'user_account_pk',
  })
  readonly id: number;

  /** As it was written when the account was made. */
  @Column('text') readonly username: string;

  /** Its canonical form, by which names are compared. */
  @Column('text', { name: 'username_key' }) readonly usernameKey: string;

  /** `local`, or the name of a directory. */
  @Column('text', { name: 'identity_source', default: 'local' }) readonly identitySource: string;

  @Index('user_account_role_ix')
  @ForeignKey('role', { name: 'user_account_role_fk' })
  @Column('integer', { name: 'role_id' })
  readonly roleId: number;

  @Column('boolean', { name: 'is_active', default: true }) readonly isActive: boolean;

  @Column('boolean', { name: 'show_getting_started', default: true }) readonly showGettingStarted: boolean;

  /** An envelope around the encoded hash, bound to the id and the version; null for accounts of a directory. */
  @Column('bytea', { name: 'password_sealed', nullable: true }) readonly passwordSealed: Buffer | null;

  @Column('integer', { name: 'password_version', default: 1 }) readonly passwordVersion: number;

  /** Raised to end all of the user's tokens. */
  @Column('integer', { name: 'token_epoch', default: 1 }) readonly tokenEpoch: number;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3, default: () => 'now()' })
  readonly createdAt: Date;

  @Column('timestamp with time zone', { name: 'first_login_at', precision: 3, nullable: true })
  readonly firstLoginAt: Date | null;

  @Column('timestamp with time zone', { name: 'last_login_at', precision: 3, nullable: true })
  readonly lastLoginAt: Date | null;
}
