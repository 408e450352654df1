import { Command } from 'commander';
import { firstAdminPassword } from '../bootstrap/admin-password.js';
import { serve } from '../bootstrap/serve.js';
import { seedInstallation } from '../bootstrap/seed.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withServingSettings } from './settings-options.js';
import { withApplication } from './with-application.js';

export function serveCommand(result: CommandResult): Command {
  return withServingSettings(new Command('serve'))
    .description('start the manager; prints `ready https://…` when it answers')
    .action(async (flags: object) => {
      const { ended } = await serve(configFrom(flags), print);
      result.exitCode = await ended;
    });
}

export function initCommand(_result: CommandResult): Command {
  return withServingSettings(new Command('init'))
    .description('set up the data folder, database and first administrator, and stop')
    .action(async (flags: object) => {
      const config = configFrom(flags);
      await withApplication(config, { migrate: true }, async (app) => {
        const isNew = await seedInstallation(app, () => firstAdminPassword(config));
        print(
          isNew
            ? `The installation in ${config.dataDir} is set up.`
            : `The installation in ${config.dataDir} was set up before; nothing changed.`,
        );
      });
    });
}
