import type { Result } from '../../../core/graph/state.js';
import { answerCall, answerCommand } from '../ctx/ctx-calls.js';
import type { OperationRun, PluginTask } from '../operation-run.js';
import { shellQuoted } from '../process/first-shell.js';
import { processFailure } from '../process/process-failure.js';
import { baseEnvironment, runProcess } from '../process/run-process.js';
import { fetchScript } from './fetch-script.js';
import { runPython } from './python-script.js';
import { environmentOf, readScriptInputs, type ScriptInputs } from './script-inputs.js';

/** `script_runner.tasks.run`: scripts in child processes (script-plugin §§2–5). */
export const runScript: PluginTask = async (run) => {
  const inputs = readScriptInputs(run.request.inputs);
  const environment = { ...environmentOf(inputs.rest), ...environmentOf(inputs.environment) };
  const file = await fetchScript(run, inputs);
  await run.log.write('debug', `Script ${run.request.operation.name}: ${file}`);
  const isPython = inputs.evalPython === true || (inputs.evalPython === null && /\.py$/i.test(file));
  return isPython ? runPython(run, file, inputs.rest) : runInShell(run, file, inputs, environment);
};

async function runInShell(
  run: OperationRun,
  file: string,
  inputs: ScriptInputs,
  environment: Readonly<Record<string, string>>,
): Promise<Result> {
  const proxy = inputs.hasProxy
    ? await run.worker.server.serve(async (kind, body) =>
        kind === 'cli' ? answerCommand(run.ctx, body) : answerCall(run.ctx, body),
      )
    : null;
  try {
    const command = commandLine(file, inputs);
    const ended = await runProcess(
      run,
      {
        line: inputs.mergesErrors ? `{ ${command}\n} 2>&1` : command,
        folder: inputs.folder ?? run.folder,
        environment: { ...baseEnvironment(run), ...environment, CTX_SOCKET_URL: proxy?.url ?? '' },
      },
      { logsOutput: inputs.logsOutput, logsErrors: inputs.logsErrors },
    );
    await proxy?.settled();
    return run.outcome.result(ended.code === 0 ? null : processFailure(command, ended));
  } finally {
    proxy?.close();
  }
}

/** Arguments are the shell's to read, as in the original; the path is one word. */
function commandLine(file: string, { commandPrefix, args }: ScriptInputs): string {
  const prefix = commandPrefix ?? (/\.ps1$/i.test(file) ? 'powershell' : null);
  return [...(prefix === null ? [] : [prefix]), /[^\w@%+=:,./-]/.test(file) ? shellQuoted(file) : file, ...args].join(
    ' ',
  );
}
