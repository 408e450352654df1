import { Command } from 'commander';
import { openApiDocument } from '../bootstrap/openapi.js';
import { print, type CommandResult } from './output.js';

export function openapiCommand(_result: CommandResult): Command {
  return new Command('openapi')
    .description('print the OpenAPI 3.1 document of the REST API')
    .action(async () => print(JSON.stringify(await openApiDocument(), null, 2)));
}
