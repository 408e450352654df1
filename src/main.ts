#!/usr/bin/env node
import 'reflect-metadata';
import { runCommand } from './cli/program.js';

// A reader that has seen enough, such as `head`, is no fault of the command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommand(process.argv.slice(2));
