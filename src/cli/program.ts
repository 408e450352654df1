import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors/app-error.js';
import { ConfigError } from '../platform/config/load-config.js';
import { TlsConfigurationError } from '../platform/tls/tls-configuration-error.js';
import type { CommandResult } from './output.js';
import { VERSION } from '../platform/version.js';

/** The exit code of a command that could not do what was asked. */
const FAILED = 1;

type Maker = (result: CommandResult) => Command;

/** Commands by name, in the order of the help. Each loads only what it needs: reading a blueprint starts no application. */
const COMMANDS: ReadonlyMap<string, () => Promise<Maker>> = new Map([
  ['serve', async () => (await import('./serve.command.js')).serveCommand],
  ['init', async () => (await import('./serve.command.js')).initCommand],
  ['migrate', async () => (await import('./migrate.command.js')).migrateCommand],
  ['users', async () => (await import('./users.command.js')).usersCommand],
  ['keys', async () => (await import('./keys.command.js')).keysCommand],
  ['audit', async () => (await import('./audit.command.js')).auditCommand],
  ['certs', async () => (await import('./certs.command.js')).certsCommand],
  ['config', async () => (await import('./config.command.js')).configCommand],
  ['openapi', async () => (await import('./openapi.command.js')).openapiCommand],
  ['blueprint', async () => (await import('./blueprint.command.js')).blueprintCommand],
  ['run', async () => (await import('./run.command.js')).runBlueprintCommand],
]);

/** Runs `holdfast ARGS` and answers the exit code; errors of the operator's making are one clear text, without a stack. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const result: CommandResult = { exitCode: 0 };
  const program = new Command('holdfast')
    .description('Holdfast Manager: secure, multi-tenant orchestration')
    .version(VERSION)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const make of await makersFor(args[0])) program.addCommand(inheriting(make(result)));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return result.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`holdfast: ${explain(error)}\n`);
    return FAILED;
  }
}

/** The one that is named, or all of them for the help. */
async function makersFor(name: string | undefined): Promise<readonly Maker[]> {
  const named = name === undefined ? undefined : COMMANDS.get(name);
  return Promise.all((named === undefined ? [...COMMANDS.values()] : [named]).map((load) => load()));
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
