import { Command } from 'commander';
import { openDatabase } from '../bootstrap/open-database.js';
import { pendingMigrations, revertLastMigration } from '../platform/database/migrate.js';
import { Log } from '../platform/logging/log.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withSettings, type SettingsFlags } from './settings-options.js';

export function migrateCommand(_result: CommandResult): Command {
  return withSettings(new Command('migrate'))
    .description('bring the database schema up to date, as its owner')
    .option('--dry-run', 'only say what would run')
    .option('--revert-last', 'take back the migration that ran last')
    .action(async (flags: SettingsFlags & { readonly dryRun?: boolean; readonly revertLast?: boolean }) => {
      const log = new Log({ level: 'info', directory: null });
      const change = flags.dryRun !== true && flags.revertLast !== true;
      const database = await openDatabase(configFrom(flags), log, { migrate: change, whenBusy: 'share' });
      try {
        if (flags.revertLast) {
          const reverted = await revertLastMigration(database.owner, log);
          print(reverted === undefined ? 'There is no migration to take back.' : `Taken back: ${reverted}`);
          return;
        }
        const pending = await pendingMigrations(database.owner);
        print(pending.length === 0 ? 'The schema is up to date.' : `Pending: ${pending.join(', ')}`);
      } finally {
        await database.close();
      }
    });
}
