import { randomInt } from 'node:crypto';
import { Command, Option } from 'commander';
import { DslError, type Diagnostic } from '../core/dsl/diagnostics.js';
import { planDeployment } from '../core/dsl/deployment/plan-deployment.js';
import type { DeploymentPlan, Plan } from '../core/dsl/plan.js';
import { planJson } from '../core/dsl/plan-codec.js';
import { dotGraph, mermaidGraph } from '../core/dsl/plan-graph.js';
import type { Key, Value } from '../core/dsl/values.js';
import { sarifLog } from './blueprint/diagnostic-sarif.js';
import { diagnosticText, type DiagnosticContext } from './blueprint/diagnostic-text.js';
import { importsOf, withReading, type ReadingFlags } from './blueprint/import-options.js';
import { withBlueprint } from './blueprint/open-blueprint.js';
import { readBlueprint } from './blueprint/read-blueprint.js';
import { readInputs } from './input-files.js';
import { print, printPieces, type CommandResult } from './output.js';

interface ValidateFlags extends ReadingFlags {
  readonly format: 'text' | 'json' | 'sarif';
}

interface PlanFlags extends ReadingFlags {
  readonly inputs?: readonly string[];
  readonly graph?: 'mermaid' | 'dot';
}

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function blueprintCommand(result: CommandResult): Command {
  return new Command('blueprint')
    .description('blueprints, read without a manager')
    .addCommand(validateCommand(result))
    .addCommand(planCommand(result));
}

function validateCommand(result: CommandResult): Command {
  return withReading(new Command('validate'))
    .description('say what is wrong with a blueprint; exit code 1 when something is')
    .addOption(new Option('--format <format>', 'how to say it').choices(['text', 'json', 'sarif']).default('text'))
    .action(async (path: string, flags: ValidateFlags) => {
      await withBlueprint(path, flags, async (blueprint) => {
        const { plan, errors, warnings, texts } = await readBlueprint(blueprint, importsOf(flags));
        const context = { texts, nameOf: blueprint.nameOf, mainFile: blueprint.mainFile };
        if (plan === null) result.exitCode = 1;
        switch (flags.format) {
          case 'json':
            return print(JSON.stringify({ valid: plan !== null, errors, warnings }, null, 2));
          case 'sarif':
            return print(JSON.stringify(sarifLog([...errors, ...warnings], context), null, 2));
          case 'text':
            for (const line of linesOf([...errors, ...warnings], context)) print(line);
            return print(summary(path, plan, errors.length, warnings.length));
        }
      });
    });
}

function planCommand(result: CommandResult): Command {
  return withReading(new Command('plan'))
    .description('print the plan of a blueprint as JSON; with inputs, that of a deployment')
    .option('--inputs <file>', 'inputs (YAML or JSON); repeatable, the last one counts', addInputs)
    .addOption(new Option('--graph <format>', 'draw nodes and relationships instead').choices(['mermaid', 'dot']))
    .action(async (path: string, flags: PlanFlags) => {
      await withBlueprint(path, flags, async (blueprint) => {
        const { plan, errors, texts } = await readBlueprint(blueprint, importsOf(flags));
        const context = { texts, nameOf: blueprint.nameOf, mainFile: blueprint.mainFile };
        const planned =
          plan === null || flags.inputs === undefined ? { plan, errors } : await deploymentOf(plan, flags.inputs);
        if (planned.plan !== null) return printPlan(planned.plan, flags.graph);
        for (const line of linesOf(planned.errors, context)) process.stderr.write(`${line}\n`);
        result.exitCode = 1;
      });
    });
}

async function printPlan(plan: Plan | DeploymentPlan, graph: PlanFlags['graph']): Promise<void> {
  switch (graph) {
    case undefined:
      await printPieces(planJson(plan));
      return print('');
    case 'mermaid':
      return printPieces(withNewlines(mermaidGraph(plan)));
    case 'dot':
      return printPieces(withNewlines(dotGraph(plan)));
  }
}

/** No manager is asked: every secret exists, and so does what an input names. */
async function deploymentOf(
  plan: Plan,
  inputs: readonly string[],
): Promise<{ readonly plan: DeploymentPlan | null; readonly errors: readonly Diagnostic[] }> {
  const given = new Map<Key, Value>();
  for (const file of inputs) {
    for (const [name, value] of await readInputs(file)) given.set(name, value);
  }
  try {
    const deployment = planDeployment(plan, {
      inputs: given,
      secrets: () => true,
      runtimeOnly: false,
      autoCorrectTypes: false,
      ids: () => Array.from({ length: 6 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join(''),
      catalogue: { holds: () => true },
    });
    return { plan: deployment, errors: [] };
  } catch (error) {
    if (error instanceof DslError) return { plan: null, errors: error.diagnostics };
    throw error;
  }
}

function addInputs(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file];
}

function* linesOf(diagnostics: readonly Diagnostic[], context: DiagnosticContext): Generator<string> {
  for (const diagnostic of diagnostics) yield* diagnosticText(diagnostic, context);
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function summary(path: string, plan: Plan | null, errors: number, warnings: number): string {
  const noted = warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`;
  return plan === null
    ? `${path}: ${counted(errors, 'error')}${noted}`
    : `${path}: valid, ${counted(plan.nodes.length, 'node')}${noted}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
