import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../../core/errors/app-error.js';
import { ResourceMissingError } from '../files/operation-files.js';
import { OperationRefused } from '../operation-refused.js';
import type { OperationRun } from '../operation-run.js';
import type { OperationUser } from '../process/containment.js';
import { dedent, kindByShebang } from './script-kind.js';
import type { ScriptInputs } from './script-inputs.js';

const LARGEST_SCRIPT = 67_108_864;
const PARSE_MS = 10_000;

/**
 * Brings the script into the operation's folder, executable, with its own base name (script-plugin §3.1, §3.2).
 * @throws OperationRefused when it is nowhere, or may not be had
 */
export async function fetchScript(run: OperationRun, inputs: ScriptInputs): Promise<string> {
  const folder = join(run.folder, 'script');
  await mkdir(folder, { mode: 0o755 });
  const file = join(folder, await fileName(run, inputs));
  if (inputs.source !== null) await writeFile(file, `${dedent(inputs.source)}\n`);
  else await fetchFile(run, inputs.path ?? '', file);
  await chmod(file, 0o755);
  await run.worker.folders.give(file);
  await run.worker.folders.give(folder);
  return file;
}

async function fileName({ worker }: OperationRun, { source, path, evalPython }: ScriptInputs): Promise<string> {
  if (source === null) {
    const text = path ?? '';
    const name = basename(/^[a-z]+:\/\//i.test(text) ? (URL.parse(text)?.pathname ?? '') : text);
    return name === '' || name === '.' || name === '..' ? 'script' : name;
  }
  if (evalPython !== null) return evalPython ? 'script.py' : 'script.sh';
  const text = dedent(source);
  const isPython =
    (kindByShebang(text) ?? ((await parsesAsPython(text, worker.settings.user)) ? 'python' : 'other')) === 'python';
  return isPython ? 'script.py' : 'script.sh';
}

async function fetchFile({ worker, host, signal }: OperationRun, path: string, file: string): Promise<void> {
  try {
    if (/^https?:\/\//i.test(path)) {
      await worker.outbound.fetchToFile(path, file, { maxBytes: LARGEST_SCRIPT, signal });
    } else if (/^file:/i.test(path)) {
      if (!worker.settings.allowFileUrls) {
        throw new OperationRefused(
          'scripts of the form file:// are read from the disk of the manager, which is not allowed here: put the script ' +
            'into the blueprint, or set operation_file_urls',
        );
      }
      await copyFile(fileURLToPath(path), file);
    } else {
      const resource = await host.resource(path);
      if (resource === null) throw new ResourceMissingError(path);
      await pipeline(resource, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    }
  } catch (error) {
    if (signal.aborted || error instanceof OperationRefused) throw error;
    if (error instanceof AppError || error instanceof ResourceMissingError) {
      throw new OperationRefused(`the script cannot be had: ${error.message}`);
    }
    if (/^file:/i.test(path)) throw new OperationRefused('the script named by file:// cannot be read');
    throw error;
  }
}

/** The original's rule for inline texts. Nothing of the text is run; without Python nothing is Python. */
async function parsesAsPython(text: string, user: OperationUser): Promise<boolean> {
  const child = spawn('python3', ['-I', '-S', '-c', 'import ast, sys; ast.parse(sys.stdin.buffer.read())'], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    timeout: PARSE_MS,
    killSignal: 'SIGKILL',
    ...user,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  const ended = Promise.withResolvers<boolean>();
  child.once('error', () => ended.resolve(false));
  child.once('close', (code) => ended.resolve(code === 0));
  return ended.promise;
}
