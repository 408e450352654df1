import { Injectable } from '@nestjs/common';
import { readBasic } from '../../core/access/basic-credentials.js';
import { isLocked } from '../../core/access/lockout.js';
import { executionTokenLookup, isExecutionToken, readToken } from '../../core/access/token-format.js';
import { UnauthorizedError } from '../../core/errors/app-error.js';
import {
  Authenticator,
  type Account,
  type Credentials,
  type Glimpse,
  type Identity,
  type SystemState,
} from '../../platform/access/authenticator.js';
import { markRecorded } from '../../platform/audit/denial-recorder.js';
import { Clock } from '../../platform/clock/clock.js';
import { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import { LockPolicies } from './lock-policy.js';
import { LoginService } from './login.service.js';
import { TokenKey } from './token-key.js';
import { TokenRows } from './token-rows.js';
import { SignInRepository, type SignInRow } from './sign-in.repository.js';
import {
  BasicStrategy,
  ExecutionTokenStrategy,
  runStrategy,
  TokenStrategy,
  type PresentedExecutionToken,
  type SignedIn,
  type SignInRequest,
} from './strategies.js';

/** How old the state may be that a request without usable credentials is judged by: such noise costs no query. */
const STATE_FOR_STRANGERS_MS = 1_000;

type StateRow = Pick<SignInRow, 'access_version' | 'settings_version' | 'maintenance_status'>;

/**
 * Tells who sends a request, by the strategies of rest-api §1.4 in their order; directories and SAML join as further
 * strategies. Every refusal has one text.
 */
@Injectable()
export class AuthenticatorService extends Authenticator {
  private lastState: { readonly row: StateRow; readonly readAt: number } | null = null;

  constructor(
    private readonly repository: SignInRepository,
    private readonly tokenRows: TokenRows,
    private readonly logins: LoginService,
    private readonly executionTokens: ExecutionTokenStrategy,
    private readonly basic: BasicStrategy,
    private readonly tokens: TokenStrategy,
    private readonly policies: LockPolicies,
    private readonly settings: RuntimeSettings,
    private readonly clock: Clock,
    private readonly key: TokenKey,
  ) {
    super();
  }

  override async look(credentials: Credentials): Promise<Glimpse> {
    const request = await this.read(credentials);
    const presented = request.execution.kind === 'token' ? request.execution.row : null;
    const fresh = presented ?? request.token?.row ?? request.basic?.row ?? null;
    const row = fresh === null ? await this.stateForStrangers() : this.seen(fresh);
    await this.settings.refresh(row.settings_version);
    const state: SystemState = { accessVersion: row.access_version, maintenance: row.maintenance_status };
    return { state, authenticate: () => this.authenticate(request) };
  }

  private async read(credentials: Credentials): Promise<SignInRequest> {
    const { requestId, sourceAddress } = credentials;
    const basic = readBasic(credentials.authorization);
    const read = credentials.authenticationToken === undefined ? null : readToken(credentials.authenticationToken);
    const [basicRow, tokenRow, execution] = await Promise.all([
      basic === null ? null : this.logins.look(basic, sourceAddress),
      read?.kind === 'ok' ? this.tokenRows.find(read.parts.id) : null,
      this.presented(credentials),
    ]);
    return {
      requestId,
      sourceAddress,
      execution,
      basic: basic === null || basicRow === null ? null : { credentials: basic, row: basicRow },
      token: read === null ? null : { read, row: tokenRow },
    };
  }

  /** What cannot be a token of an execution costs no query. */
  private async presented({ executionToken, authenticationToken }: Credentials): Promise<PresentedExecutionToken> {
    const text = executionToken ?? authenticationToken ?? '';
    if (!isExecutionToken(text)) return { kind: executionToken === undefined ? 'none' : 'noise' };
    const lookup = executionTokenLookup(this.key.current, text);
    const row = await this.repository.byExecutionToken(lookup);
    return { kind: 'token', text, lookup, row, isGuess: executionToken === undefined };
  }

  private async stateForStrangers(): Promise<StateRow> {
    const known = this.lastState;
    if (known !== null && this.clock.now().getTime() - known.readAt < STATE_FOR_STRANGERS_MS) return known.row;
    return this.seen(await this.repository.state());
  }

  /** Only what was just read counts as new: strangers that keep coming must not keep an old state alive. */
  private seen<T extends StateRow>(row: T): T {
    this.lastState = { row, readAt: this.clock.now().getTime() };
    return row;
  }

  private async authenticate(request: SignInRequest): Promise<Identity> {
    for (const strategy of [this.executionTokens, this.basic, this.tokens]) {
      const outcome = await runStrategy(strategy, request);
      if (outcome.kind === 'success') return this.identityOf(outcome.identity);
      if (outcome.kind === 'fail') throw this.refusal(request);
    }
    throw this.refusal(request);
  }

  /** A failed password has its record already. */
  private refusal(request: SignInRequest): UnauthorizedError {
    const error = new UnauthorizedError();
    if (request.basic !== null) markRecorded(error);
    return error;
  }

  private identityOf({ row, authMethod, tokenId, execution }: SignedIn): Identity {
    if (row.user_id === null || !row.is_active) throw new UnauthorizedError();
    const account: Account = {
      id: row.user_id,
      username: row.username,
      role: row.role,
      isActive: row.is_active,
      isLocked: isLocked(
        this.policies.current(),
        row.failures === null || row.last_failed_at === null
          ? null
          : { failures: row.failures, lastFailedAt: new Date(row.last_failed_at) },
        this.clock.now(),
      ),
      showGettingStarted: row.show_getting_started,
      createdAt: row.created_at,
      firstLoginAt: row.first_login_at,
      lastLoginAt: row.last_login_at,
    };
    return {
      account,
      authMethod,
      identitySource: row.identity_source,
      tokenEpoch: row.token_epoch,
      ...(tokenId === undefined ? {} : { tokenId }),
      ...(execution === undefined ? {} : { execution }),
    };
  }
}
