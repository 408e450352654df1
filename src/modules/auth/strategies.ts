import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport-strategy';
import type { BasicCredentials } from '../../core/access/basic-credentials.js';
import { sameMac, tokenMac, type ReadToken } from '../../core/access/token-format.js';
import { isBeingCancelled } from '../../core/executions/transitions.js';
import type { Identity } from '../../platform/access/authenticator.js';
import { Clock } from '../../platform/clock/clock.js';
import { LoginService } from './login.service.js';
import { executionClaims } from './execution-claims.js';
import type { ExecutionTokenRow, PasswordRow, TokenRow } from './sign-in.repository.js';
import { TokenKey } from './token-key.js';
import { TokenProofs } from './token-proofs.js';
import { TokenUse } from './token-use.js';

/** What a strategy is given: the credentials, read, and what the one look at the database found for them. */
export interface SignInRequest {
  readonly requestId: string;
  readonly sourceAddress: string;
  readonly execution: PresentedExecutionToken;
  readonly basic: { readonly credentials: BasicCredentials; readonly row: PasswordRow } | null;
  readonly token: { readonly read: ReadToken; readonly row: TokenRow | null } | null;
}

export type PresentedExecutionToken =
  | { readonly kind: 'none' }
  /** No token of ours looks like it. */
  | { readonly kind: 'noise' }
  | {
      readonly kind: 'token';
      readonly text: string;
      readonly lookup: Buffer;
      readonly row: ExecutionTokenRow;
      /** It came as an access token: one that is unknown may be something else. */
      readonly isGuess: boolean;
    };

export type StrategyOutcome =
  { readonly kind: 'success'; readonly identity: SignedIn } | { readonly kind: 'fail' } | { readonly kind: 'pass' };

/** Who a strategy found; the account itself is in the row. */
export interface SignedIn extends Pick<Identity, 'authMethod' | 'tokenId' | 'execution'> {
  readonly row: PasswordRow | TokenRow | ExecutionTokenRow;
}

/** Lets a Passport strategy judge a request: `pass` hands on to the next one, `fail` ends in 401. */
export function runStrategy(strategy: Strategy, request: SignInRequest): Promise<StrategyOutcome> {
  return new Promise((resolve, reject) => {
    // Passport's own way: each run works on a fresh object that inherits from the strategy.
    const run = Object.create(strategy) as Strategy;
    run.success = (identity: SignedIn) => resolve({ kind: 'success', identity });
    run.fail = () => resolve({ kind: 'fail' });
    run.pass = () => resolve({ kind: 'pass' });
    run.error = reject;
    // The request of Passport's types is Express's; strategies of ours read a SignInRequest.
    run.authenticate(request as never);
  });
}

/** Row 1 of rest-api §1.4: the token of a running execution, which acts as whoever started it, in its own tenant. */
@Injectable()
export class ExecutionTokenStrategy extends Strategy {
  readonly name = 'execution-token';

  constructor(private readonly key: TokenKey) {
    super();
  }

  override authenticate(request: unknown): void {
    const { execution } = request as SignInRequest;
    if (execution.kind === 'none') {
      this.pass();
      return;
    }
    if (execution.kind === 'noise') {
      this.fail(401);
      return;
    }
    const { row, isGuess } = execution;
    if (row.execution_storage_id === null) {
      if (isGuess) this.pass();
      else this.fail(401);
      return;
    }
    if (row.user_id === null || !row.is_alive || row.mac_epoch !== row.token_epoch || !this.isGenuine(execution)) {
      this.fail(401);
      return;
    }
    this.success({
      row,
      authMethod: 'execution_token',
      execution: { id: row.execution_id, tenantId: row.tenant_id, isBeingCancelled: isBeingCancelled(row.status) },
    } satisfies SignedIn);
  }

  private isGenuine({ text, lookup, row }: Extract<PresentedExecutionToken, { kind: 'token' }>): boolean {
    const claims = executionClaims({
      lookup,
      executionStorageId: row.execution_storage_id ?? '',
      tenantId: row.tenant_id,
      userId: row.user_id ?? -1,
      tokenEpoch: row.mac_epoch,
      run: row.mac_run,
    });
    return sameMac(tokenMac(this.key.current, claims, text), row.mac);
  }
}

/** Row 2: an unknown name is passed over, a wrong password ends in 401. */
@Injectable()
export class BasicStrategy extends Strategy {
  readonly name = 'basic';

  constructor(private readonly logins: LoginService) {
    super();
  }

  override authenticate(request: unknown): void {
    const { basic, sourceAddress, requestId } = request as SignInRequest;
    if (basic === null) {
      this.pass();
      return;
    }
    this.logins.verify(basic.row, basic.credentials, sourceAddress, requestId).then(
      (isRight) => {
        if (isRight) this.success({ row: basic.row, authMethod: 'http_basic' } satisfies SignedIn);
        else if (basic.row.user_id === null) this.pass();
        else this.fail(401);
      },
      (error: Error) => this.error(error),
    );
  }
}

/** Row 3: access tokens (security-design §3). */
@Injectable()
export class TokenStrategy extends Strategy {
  readonly name = 'token';

  private readonly proofs = new TokenProofs();

  constructor(
    private readonly key: TokenKey,
    private readonly use: TokenUse,
    private readonly clock: Clock,
  ) {
    super();
  }

  override authenticate(request: unknown): void {
    const { token } = request as SignInRequest;
    if (token === null) {
      this.pass();
      return;
    }
    const { read, row } = token;
    if (
      read.kind !== 'ok' ||
      row === null ||
      row.token_id === null ||
      row.user_id === null ||
      !this.isValid(row, read.parts.secret)
    ) {
      this.fail(401);
      return;
    }
    this.use.note(row.token_id, row.last_used_at);
    this.success({ row, authMethod: 'token', tokenId: row.token_id } satisfies SignedIn);
  }

  private isValid(row: TokenRow, secret: string): boolean {
    if (!this.proofs.isProven(row, secret)) {
      const claims = {
        id: row.token_id ?? '',
        kind: 'access',
        userId: row.user_id ?? -1,
        tokenEpoch: row.mac_epoch,
        tenantId: null,
        executionId: null,
        expiresAt: row.expires_at,
      } as const;
      if (!sameMac(tokenMac(this.key.current, claims, secret), row.mac)) return false;
      this.proofs.remember(row, secret);
    }
    if (row.mac_epoch !== row.token_epoch) return false;
    return row.expires_at === null || new Date(row.expires_at) > this.clock.now();
  }
}
