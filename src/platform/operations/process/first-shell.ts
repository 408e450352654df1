/** Names that a shell takes as its own, or refuses to set: they reach the command through the shell's environment. */
const SHELL_NAMES: ReadonlySet<string> = new Set(
  'UID EUID PPID BASHOPTS SHELLOPTS BASH_VERSINFO BASH_ENV ENV OPTIND OPTARG LINENO RANDOM SECONDS PS4 _'.split(' '),
);
const IDENTIFIER = /^[A-Za-z_]\w*$/;

function isExported(name: string): boolean {
  return IDENTIFIER.test(name) && !SHELL_NAMES.has(name);
}

/** One word for a shell, whatever it holds but NUL. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What can be exported by a shell, and what must already be there when it begins. */
export function splitEnvironment(environment: Readonly<Record<string, string>>): {
  readonly exported: Readonly<Record<string, string>>;
  readonly given: Readonly<Record<string, string>>;
} {
  const entries = Object.entries(environment).filter(([name]) => name !== '' && !name.includes('='));
  return {
    exported: Object.fromEntries(entries.filter(([name]) => isExported(name))),
    // Shells take functions from variables of this form, also to replace what the first shell calls.
    given: Object.fromEntries(entries.filter(([name]) => !isExported(name) && !/^(BASH_FUNC_|LD_|ENV$)/.test(name))),
  };
}

/**
 * The program of the first process: read from a pipe, so that no value stands in a file or on a command line, and so that
 * the dynamic linker and the tools in front never see the operation's environment. The pipe stays open: when the worker is
 * gone it ends, and with it the operation, even where the kernel did not tell.
 */
export function firstShell(command: {
  readonly line: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether every process that can be seen belongs to the operation. */
  readonly isAlone: boolean;
}): string {
  const exports = Object.entries(command.environment).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
  return [
    // In braces, a shell reads everything before it begins: nothing of it is left in the pipe.
    '{',
    'exec 3<&0 0</dev/null',
    ...(command.isAlone
      ? ['(exec >/dev/null 2>&1; while read -r line <&3; do :; done; kill -9 -1) &', 'exec 3<&-']
      : ['exec 3<&-']),
    `cd -- ${shellQuoted(command.folder)} || exit 126`,
    ...exports,
    // A signal to the group is for the command, which may take its time; what a handler does is not inherited.
    'trap : TERM',
    `/bin/sh -c ${shellQuoted(`trap : TERM\n${command.line}`)}`,
    'exit "$?"',
    '}',
    '',
  ].join('\n');
}
