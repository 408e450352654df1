import { Command } from 'commander';
import { KeyRotation } from '../platform/vault/key-rotation.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withSettings, type SettingsFlags } from './settings-options.js';
import { withApplication } from './with-application.js';

export function keysCommand(result: CommandResult): Command {
  const command = new Command('keys').description('the keys that seal secrets');
  command.addCommand(rotateCommand(result));
  command.addCommand(statusCommand(result));
  return command;
}

function rotateCommand(result: CommandResult): Command {
  return withSettings(new Command('rotate'))
    .description(
      'give every tenant a new key and bring every row under it; the manager may go on running, a killed rotation is resumed by the next',
    )
    .option('--root', 'replace the root key instead')
    .action(async (flags: SettingsFlags & { readonly root?: boolean }) => {
      await withApplication(configFrom(flags), { migrate: false }, async (app) => {
        const rotation = app.get(KeyRotation);
        if (flags.root) {
          print(`The root key is replaced; ${await rotation.rotateRootKey()} keys were wrapped anew.`);
          return;
        }
        const outcome = await rotation.rotateTenantKeys({ onProgress: progressLine });
        if (process.stderr.isTTY) process.stderr.write('\n');
        print(`${outcome.rewrapped} rows are under new keys.`);
        if (outcome.unreadable > 0) {
          print(
            `${outcome.unreadable} rows could not be opened by any key; the log and the audit name them. Their old key is kept.`,
          );
          result.exitCode = 1;
        }
      });
    });
}

function statusCommand(result: CommandResult): Command {
  return withSettings(new Command('status'))
    .description('which keys there are, and how many rows stand under each; exit code 1 when a row cannot be read')
    .action(async (flags: object) => {
      const status = await withApplication(configFrom(flags), { migrate: false }, (app) =>
        app.get(KeyRotation).status(),
      );
      print(JSON.stringify(status, null, 2));
      if (status.columns.some((column) => column.unreadable > 0)) result.exitCode = 1;
    });
}

/** One line that counts, where somebody watches. */
function progressLine(progress: unknown): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${JSON.stringify(progress)}`);
}
