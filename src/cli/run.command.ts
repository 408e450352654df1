import { Command, InvalidArgumentError, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { jsonPieces } from '../core/dsl/plan-codec.js';
import { readInputs } from './input-files.js';
import { withBlueprint, type BlueprintChoice } from './blueprint/open-blueprint.js';
import { print, type CommandResult } from './output.js';
import { withLocalManager } from './run/local-manager.js';
import { runBlueprint, type RunOutcome } from './run/run-blueprint.js';
import { JsonView, LiveView, PlainView, type RunView } from './run/views.js';

interface RunFlags extends BlueprintChoice {
  readonly inputs: readonly string[];
  readonly parameters: readonly string[];
  readonly secrets: readonly string[];
  readonly workflow: string;
  readonly id?: string;
  readonly data?: string;
  readonly outputs?: string;
  readonly format: 'auto' | 'plain' | 'json';
  readonly retries: number;
  readonly retryInterval: number;
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
}

const FAILED = 1;
const CANCELLED = 130;

export function runBlueprintCommand(result: CommandResult): Command {
  return new Command('run')
    .description('run a workflow of a blueprint here, without a server, and show how it goes')
    .argument('<blueprint>', 'its main file, its folder, or an archive')
    .option('--inputs <file>', 'inputs (YAML or JSON); repeatable, the last one counts', addFile, [])
    .option('--workflow <name>', 'what to run', 'install')
    .option('--parameters <file>', 'parameters of the workflow (YAML or JSON); repeatable', addFile, [])
    .option('--secrets <file>', 'secrets, key to value (YAML or JSON); repeatable', addFile, [])
    .option('--id <id>', 'id of the blueprint and the deployment (default: named after the blueprint)')
    .option('--main <file>', 'the main file in an archive or folder (default: blueprint.yaml)')
    .option('--root <dir>', "the blueprint's folder, where it is not the main file's")
    .option('--data <dir>', 'keep everything in this folder, for further workflows (default: gone in the end)')
    .option('--outputs <file>', 'write outputs and capabilities there as JSON')
    .addOption(
      new Option('--format <format>', 'auto: a live picture on a terminal, else a line for each event')
        .choices(['auto', 'plain', 'json'])
        .default('auto'),
    )
    .option('--retries <n>', 'how often a failed operation is tried again; -1: without end', wholeNumber, 0)
    .option('--retry-interval <seconds>', 'until it is tried again', wholeNumber, 3)
    .option('--dry-run', 'walk through the workflow and run nothing')
    .option('--verbose', "print the manager's own log, too")
    .addHelpText(
      'after',
      `
Scripts and operations really run, on this machine. Ctrl-C cancels; a second one kills what runs.
Exit code: 0 when the workflow ended well, ${FAILED} when it failed, ${CANCELLED} when it was cancelled.

  holdfast run blueprint.yaml --inputs inputs.yaml
  holdfast run blueprint.yaml --data ./state && holdfast run blueprint.yaml --data ./state --workflow uninstall`,
    )
    .action(async (path: string, flags: RunFlags) => {
      const view = viewOf(flags.format);
      const outcome = await outcomeOf(path, flags, view);
      view.end();
      await report(outcome, flags, result);
    });
}

async function outcomeOf(path: string, flags: RunFlags, view: RunView): Promise<RunOutcome> {
  const request = {
    id: flags.id ?? idOf(path),
    workflow: flags.workflow,
    inputs: await merged(flags.inputs),
    parameters: await merged(flags.parameters),
    secrets: await merged(flags.secrets),
    dryRun: flags.dryRun ?? false,
    retries: flags.retries,
    retryInterval: flags.retryInterval,
  };
  const stops = { asked: 0 };
  const ask = (): void => {
    stops.asked += 1;
  };
  process.on('SIGINT', ask).on('SIGTERM', ask);
  try {
    return await withBlueprint(path, flags, (blueprint) =>
      withLocalManager({ data: flags.data, verbose: flags.verbose ?? false }, (client) =>
        runBlueprint(client, blueprint, request, { view, stops }),
      ),
    );
  } finally {
    process.off('SIGINT', ask).off('SIGTERM', ask);
  }
}

async function report(outcome: RunOutcome, { outputs, format }: RunFlags, result: CommandResult): Promise<void> {
  const values = { outputs: outcome.outputs, capabilities: outcome.capabilities };
  if (outputs !== undefined) await writeFile(outputs, `${JSON.stringify(values, null, 2)}\n`);
  if (format === 'json') print(JSON.stringify({ outcome }));
  else if (outcome.status === 'terminated') print(JSON.stringify(values, null, 2));
  else
    process.stderr.write(
      `holdfast: the workflow ${outcome.status === 'failed' ? 'has failed' : `is ${outcome.status}`}${outcome.error === null ? '' : `: ${outcome.error}`}\n`,
    );
  if (outcome.status === 'failed') result.exitCode = FAILED;
  if (outcome.status === 'cancelled') result.exitCode = CANCELLED;
}

function viewOf(format: RunFlags['format']): RunView {
  if (format === 'json') return new JsonView(process.stdout);
  return format === 'auto' && process.stdout.isTTY ? new LiveView(process.stdout) : new PlainView(process.stdout);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It is a whole number.');
  return value;
}

function addFile(file: string, before: readonly string[]): readonly string[] {
  return [...before, file];
}

/** A folder's own name for its main file, else the file's. */
function idOf(path: string): string {
  const name = basename(path, extname(path));
  const told = name === 'blueprint' ? basename(dirname(resolve(path))) : name;
  return told.replaceAll(/[^\w.-]/g, '-').replace(/^[^A-Za-z]+/, '') || 'blueprint';
}

async function merged(files: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  let all: Readonly<Record<string, unknown>> = {};
  for (const file of files) {
    const text = [...jsonPieces(await readInputs(file))].join('');
    all = { ...all, ...(JSON.parse(text) as Record<string, unknown>) };
  }
  return all;
}
