import type { AuthMethod } from '../../core/access/actor.js';
import type { MaintenanceStatus } from './maintenance.js';

/** What a request brought along to prove who sends it. Never logged. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly authenticationToken: string | undefined;
  readonly executionToken: string | undefined;
  readonly requestId: string;
  /** The connection's address, or the one that a trusted proxy gave. */
  readonly sourceAddress: string;
}

/** The account behind a request, as the database held it when the request came in. */
export interface Account {
  readonly id: number;
  readonly username: string;
  readonly role: string;
  readonly isActive: boolean;
  readonly isLocked: boolean;
  readonly showGettingStarted: boolean;
  readonly createdAt: string;
  readonly firstLoginAt: string | null;
  readonly lastLoginAt: string | null;
}

export interface Identity {
  readonly account: Account;
  readonly authMethod: AuthMethod;
  readonly identitySource: string;
  readonly tokenId?: string;
  /** Rises when the user's tokens are revoked (security-design §3). */
  readonly tokenEpoch?: number;
  /** Set when the credential is an execution's: the only tenant and execution it may act for. */
  readonly execution?: { readonly id: string; readonly tenantId: number; readonly isBeingCancelled?: boolean };
}

export interface SystemState {
  /** Rises with every change of users, groups, tenants, memberships, roles and permissions. */
  readonly accessVersion: string;
  readonly maintenance: MaintenanceStatus;
}

/** What one look at the database says of a request, before anybody is judged. */
export interface Glimpse {
  readonly state: SystemState;
  /** @throws UnauthorizedError, or a CodelessError 429 when too many logins are under way. */
  authenticate(): Promise<Identity>;
}

/**
 * A port, given by modules/auth. `look` reads the state of the system and whatever the credentials point to in one
 * statement; the maintenance gate can then answer before the credentials are judged (rest-api §1.3), at no further cost.
 */
export abstract class Authenticator {
  abstract look(credentials: Credentials): Promise<Glimpse>;
}
