import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors/app-error.js';
import { ConfigError } from '../platform/config/load-config.js';
import { TlsConfigurationError } from '../platform/tls/tls-configuration-error.js';
import { auditCommand } from './audit.command.js';
import { certsCommand } from './certs.command.js';
import { configCommand } from './config.command.js';
import { keysCommand } from './keys.command.js';
import { migrateCommand } from './migrate.command.js';
import { openapiCommand } from './openapi.command.js';
import { initCommand, serveCommand } from './serve.command.js';
import type { CommandResult } from './output.js';
import { usersCommand } from './users.command.js';
import { VERSION } from '../platform/version.js';

/** The exit code of a command that could not do what was asked. */
const FAILED = 1;

/** Runs `holdfast ARGS` and answers the exit code; errors of the operator's making are one clear text, without a stack. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const result: CommandResult = { exitCode: 0 };
  const program = new Command('holdfast')
    .description('Holdfast Manager: secure, multi-tenant orchestration')
    .version(VERSION)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  const commands = [
    serveCommand,
    initCommand,
    migrateCommand,
    usersCommand,
    keysCommand,
    auditCommand,
    certsCommand,
    configCommand,
    openapiCommand,
  ];
  for (const make of commands) program.addCommand(inheriting(make(result)));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`holdfast: ${explain(error)}\n`);
    return FAILED;
  }
}

function inheriting(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) inheriting(child);
  return command;
}

/** Faults of settings, files or input are said in one text; a stack is only for what we did not foresee. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForeseen =
    error instanceof ConfigError ||
    error instanceof TlsConfigurationError ||
    error instanceof AppError ||
    error.constructor !== TypeError;
  const cause = error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
  return isForeseen ? `${error.message}${cause}` : (error.stack ?? error.message);
}
