import { Command } from 'commander';
import { stringify } from 'yaml';
import { printableConfig } from '../platform/config/load-config.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withServingSettings } from './settings-options.js';

export function configCommand(_result: CommandResult): Command {
  const command = new Command('config').description('the settings of this program');
  command.addCommand(
    withServingSettings(new Command('print'))
      .description('print the settings in force, secrets masked')
      .action((flags: object) => print(stringify(printableConfig(configFrom(flags))).trimEnd())),
  );
  return command;
}
