import { Global, Module } from '@nestjs/common';
import { Authenticator } from '../../platform/access/authenticator.js';
import { LoginLocks } from '../../platform/access/login-locks.js';
import { Passwords } from '../../platform/access/passwords.js';
import { ExecutionTokens } from '../../platform/executions/execution-tokens.js';
import { AuthenticatorService } from './authenticator.service.js';
import { AuthSweeper } from './auth-sweeper.js';
import { ExecutionTokensRepository } from './execution-tokens.repository.js';
import { ExecutionTokensService } from './execution-tokens.service.js';
import { HashingGate } from './hashing-gate.js';
import { LockPolicies } from './lock-policy.js';
import { LoginLocksService } from './login-locks.service.js';
import { LoginRecorder } from './login-recorder.js';
import { LoginService } from './login.service.js';
import { PasswordsService } from './passwords.service.js';
import { RememberedLogins } from './remembered-logins.js';
import { SignInRepository } from './sign-in.repository.js';
import { BasicStrategy, ExecutionTokenStrategy, TokenStrategy } from './strategies.js';
import { TokenKey } from './token-key.js';
import { TokenRows } from './token-rows.js';
import { TokenUse } from './token-use.js';
import { TokensController } from './tokens.controller.js';
import { TokensRepository } from './tokens.repository.js';
import { TokensService } from './tokens.service.js';

@Global()
@Module({
  controllers: [TokensController],
  providers: [
    AuthenticatorService,
    AuthSweeper,
    BasicStrategy,
    ExecutionTokenStrategy,
    ExecutionTokensRepository,
    ExecutionTokensService,
    HashingGate,
    LockPolicies,
    LoginLocksService,
    LoginRecorder,
    LoginService,
    PasswordsService,
    RememberedLogins,
    SignInRepository,
    TokenKey,
    TokenRows,
    TokenStrategy,
    TokenUse,
    TokensRepository,
    TokensService,
    { provide: Authenticator, useExisting: AuthenticatorService },
    { provide: ExecutionTokens, useExisting: ExecutionTokensService },
    { provide: LoginLocks, useExisting: LoginLocksService },
    { provide: Passwords, useExisting: PasswordsService },
  ],
  exports: [Authenticator, ExecutionTokens, LoginLocks, Passwords],
})
export class AuthModule {}
