import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { CredentialsService } from '../modules/users/credentials.service.js';
import { systemCtx } from '../platform/context/ctx.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withSettings, type SettingsFlags } from './settings-options.js';
import { withApplication } from './with-application.js';

/** For the operator at the machine, when nobody can sign in any more. Each change is in the audit log. */
export function usersCommand(_result: CommandResult): Command {
  const command = new Command('users').description('accounts, for the operator at the machine');
  command.addCommand(
    withSettings(new Command('unlock'))
      .description('forget the failed logins of a user')
      .argument('<username>')
      .action((username: string, flags: object) =>
        withCredentials(flags, async (credentials) => {
          await credentials.forgetFailures(systemCtx('command'), username);
          print(`${username} is unlocked.`);
        }),
      ),
  );
  command.addCommand(
    withSettings(new Command('set-password'))
      .description(
        'set a password and end the tokens of the user; the password is the first line of a file or of standard input',
      )
      .argument('<username>')
      .option('--password-file <file>', 'where the password is read from (default: standard input)')
      .action((username: string, flags: SettingsFlags & { readonly passwordFile?: string }) =>
        withCredentials(flags, async (credentials) => {
          await credentials.changePassword(systemCtx('command'), username, {
            password: await firstLine(flags.passwordFile),
            revokeTokens: true,
          });
          print(`The password of ${username} is set; their tokens are ended.`);
        }),
      ),
  );
  command.addCommand(
    withSettings(new Command('revoke-tokens'))
      .description('end every token of a user')
      .argument('<username>')
      .action((username: string, flags: object) =>
        withCredentials(flags, async (credentials) => {
          await credentials.revokeTokens(systemCtx('command'), username);
          print(`The tokens of ${username} are ended.`);
        }),
      ),
  );
  return command;
}

async function withCredentials(flags: object, work: (credentials: CredentialsService) => Promise<void>): Promise<void> {
  await withApplication(configFrom(flags), { migrate: false }, (app) =>
    work(app.get(CredentialsService, { strict: false })),
  );
}

async function firstLine(file: string | undefined): Promise<string> {
  const text = file === undefined ? await standardInput() : await readFile(file, 'utf8');
  return text.split(/\r?\n/, 1)[0] ?? '';
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY)
    process.stderr.write('New password (it is shown while you type; use --password-file to avoid that): ');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    if (chunk.includes('\n')) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
