/**
 * The registry of PostgreSQL advisory locks. Every lock the program takes is named here, so that two features never
 * meet on one number by accident. The first key of the pair is ours; the second says what is locked.
 */
const LOCK_SPACE = 0x48_66; // "Hf"
/** Another first key: the schedule that is being judged. The second is the low half of its number. */
export const SCHEDULE_LOCK_SPACE = 0x48_73; // "Hs"
/** Another first key: locks on the ids of tenant resources (`global-ids.ts`). The second is a hash of table and id. */
export const ID_LOCK_SPACE = 0x48_69; // "Hi"

const ADVISORY_LOCKS = {
  /** Held, in the database `postgres`, by the process that started or adopted the embedded server. */
  embeddedServerOwner: 1,
  /** One replica at a time creates or alters roles and grants. */
  roles: 2,
  /** One replica at a time migrates. */
  migrations: 3,
  /** One replica at a time looks whether the key store is new, and sets it up. */
  keyStore: 10,
  /** One rotation of keys at a time, whoever runs it. */
  keyRotation: 11,
  /** Shared by those who wrap a new key, exclusive for the moment in which another root key takes over. */
  rootKeyInUse: 12,
  /** Held by the one process that seals audit records, signs checkpoints and writes the audit file. */
  auditSealer: 20,
  /** One removal of audit records at a time. */
  auditRemoval: 22,
  /** One process at a time removes old events. */
  eventRetention: 30,
  /** Who decides which executions may run: one start, or one look at the queue, at a time. */
  executionQueue: 32,
  /** Who makes one deployment depend on another: a circle could close between two that do it at once. */
  deploymentDependencies: 40,
} as const;

export type AdvisoryLock = keyof typeof ADVISORY_LOCKS;

/** The two arguments of `pg_advisory_lock(int, int)` and its kin. */
export function advisoryLockKeys(lock: AdvisoryLock): [number, number] {
  return [LOCK_SPACE, ADVISORY_LOCKS[lock]];
}
