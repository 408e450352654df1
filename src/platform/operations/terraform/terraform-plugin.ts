import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Result } from '../../../core/graph/state.js';
import type { Json } from '../../../core/graph/task.js';
import { isJsonMap, type JsonMap } from '../ctx/json-path.js';
import { ResourceMissingError } from '../files/operation-files.js';
import { OperationRefused } from '../operation-refused.js';
import type { OperationRun, PluginTask } from '../operation-run.js';
import { shellQuoted } from '../process/first-shell.js';
import { isOnPath } from '../process/programs.js';
import { processFailure } from '../process/process-failure.js';
import { baseEnvironment, runProcess } from '../process/run-process.js';
import { environmentOf } from '../script/script-inputs.js';

const PLAIN = '-input=false -no-color';

/** Downloads providers and checks the configuration; nothing is changed. */
export const initTerraform: PluginTask = (run) => runTerraform(run, ['terraform validate -no-color']);

export const planTerraform: PluginTask = (run) => runTerraform(run, [`terraform plan ${PLAIN} -lock-timeout=60s @`]);

/** Outputs of the module become the runtime property `outputs`. */
export const applyTerraform: PluginTask = async (run) => {
  const result = await runTerraform(run, [
    `terraform apply -auto-approve ${PLAIN} -lock-timeout=60s @`,
    'terraform output -json > "$TF_OUTPUTS"',
  ]);
  if (result.kind !== 'success') return result;
  const outputs = outputsOf(await run.user.read(join(run.folder, 'outputs.json'), 8_388_608));
  (await run.subject.side('instance').runtime.now())['outputs'] = outputs;
  return { kind: 'success', value: outputs };
};

export const destroyTerraform: PluginTask = async (run) => {
  const result = await runTerraform(run, [`terraform destroy -auto-approve ${PLAIN} -lock-timeout=60s @`]);
  if (result.kind === 'success') delete (await run.subject.side('instance').runtime.now())['outputs'];
  return result;
};

/**
 * Runs terraform on a module of the blueprint. Its state stays in the folder of the deployment, one for each node
 * instance, also after a failure; providers and variables do not.
 */
async function runTerraform(run: OperationRun, commands: readonly string[]): Promise<Result> {
  if (!(await isOnPath('terraform'))) {
    throw new OperationRefused(
      'terraform is not on the PATH of the worker: install it to run operations of this plugin',
    );
  }
  const { source, variables, environment } = readInputs(run.request.inputs);
  const { instance } = run.subject.side('instance');
  const module = join(run.folder, 'module');
  await fetchModule(run, source, module);
  const variablesFile = join(run.folder, 'variables.tfvars.json');
  await writeFile(variablesFile, JSON.stringify(variables), { mode: 0o600, flag: 'wx' });
  await run.worker.folders.give(variablesFile);
  const work = join(await run.files.workFolder(), 'terraform', instance.id);
  const state = join(work, 'terraform.tfstate');
  const options = `-state=${shellQuoted(state)} -var-file=${shellQuoted(variablesFile)}`;
  const lines = [
    'set -e',
    `mkdir -p ${shellQuoted(work)}`,
    `terraform init ${PLAIN}`,
    ...commands.map((command) =>
      command.startsWith('terraform output')
        ? command.replace('-json', `-json -state=${shellQuoted(state)}`)
        : command.replace('@', options),
    ),
  ];
  const ended = await runProcess(run, {
    line: lines.join('\n'),
    folder: module,
    environment: {
      ...baseEnvironment(run),
      ...environment,
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      TF_DATA_DIR: join(run.folder, 'providers'),
      TF_OUTPUTS: join(run.folder, 'outputs.json'),
    },
  });
  return ended.code === 0
    ? { kind: 'success', value: null }
    : processFailure(commands[0]?.split(' -')[0] ?? 'terraform', ended);
}

async function fetchModule({ files }: OperationRun, source: string, module: string): Promise<void> {
  try {
    if (/\.tf(\.json)?$/.test(source)) await files.download(source, join(module, basename(source)));
    else await files.downloadFolder(source, module);
  } catch (error) {
    if (error instanceof ResourceMissingError) throw new OperationRefused(error.message);
    throw error;
  }
}

function readInputs(inputs: Readonly<Record<string, Json>>): {
  readonly source: string;
  readonly variables: JsonMap;
  readonly environment: Readonly<Record<string, string>>;
} {
  const { source, variables = {}, environment = {} } = inputs;
  if (typeof source !== 'string' || source === '') {
    throw new OperationRefused('the input source is needed: a folder of the blueprint, or a .tf file in it');
  }
  if (!isJsonMap(variables)) throw new OperationRefused('the input variables is a map');
  if (!isJsonMap(environment)) throw new OperationRefused('the input environment is a map');
  return { source, variables, environment: environmentOf(environment) };
}

/** Values alone; what terraform calls sensitive is not kept. */
function outputsOf(text: Buffer): JsonMap {
  const outputs = JSON.parse(text.toString('utf8')) as Record<string, { value: JsonMap; sensitive?: boolean }>;
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([, { sensitive }]) => sensitive !== true)
      .map(([name, { value }]) => [name, value]),
  );
}
