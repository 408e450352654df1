import { Command } from 'commander';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Fault } from '../core/audit/fault.js';
import type { VerifyReport } from '../core/audit/verify-chain.js';
import { AuditExport } from '../modules/audit/proof/audit-export.service.js';
import { AuditVerifier } from '../modules/audit/proof/audit-verifier.service.js';
import { readHeldCheckpoints } from '../modules/audit/proof/held-checkpoints.js';
import { verifyExport } from '../modules/audit/proof/verify-export.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withSettings, type SettingsFlags } from './settings-options.js';
import { withApplication } from './with-application.js';

export function auditCommand(result: CommandResult): Command {
  const command = new Command('audit').description('the audit log and its proof');
  command.addCommand(verifyCommand(result));
  command.addCommand(exportCommand(result));
  command.addCommand(publicKeyCommand(result));
  return command;
}

interface VerifyFlags extends SettingsFlags {
  readonly checkpoints?: string;
  readonly export?: string;
  readonly publicKey?: string;
}

function verifyCommand(result: CommandResult): Command {
  return withSettings(new Command('verify'))
    .description('name every edit, deletion, reorder, gap and cut tail; exit code 1 when there is one')
    .option(
      '--checkpoints <file>',
      'signed checkpoints held outside of the database, as the audit file has them: shows a cut tail',
    )
    .option('--export <file>', 'verify an export instead, without a database; needs --public-key')
    .option('--public-key <file>', 'public key (PEM), from a place that the exporter has no hand in')
    .action(async (flags: VerifyFlags) => {
      const heldCheckpoints = flags.checkpoints === undefined ? [] : await readHeldCheckpoints(flags.checkpoints);
      const report = await verify(flags, { heldCheckpoints, onFault: printFault });
      print(
        `${report.entries} entries, ${report.records} records, ${report.removed} removed as allowed, ${report.pending} not yet sealed; ` +
          `signed up to entry ${report.signedUpTo} by ${report.checkpoints} checkpoints.`,
      );
      print(report.isIntact ? 'The audit log is intact.' : `The audit log is NOT intact: ${countsOf(report)}.`);
      if (!report.isIntact) result.exitCode = 1;
    });
}

type Held = Pick<Parameters<AuditVerifier['verify']>[0], 'heldCheckpoints' | 'onFault'>;

async function verify(flags: VerifyFlags, held: Held): Promise<VerifyReport> {
  if (flags.export === undefined) {
    return withApplication(configFrom(flags), { migrate: false }, (app) =>
      app.get(AuditVerifier, { strict: false }).verify(held),
    );
  }
  if (flags.publicKey === undefined) throw new Error('--export needs --public-key.');
  const publicKeyPem = await readFile(flags.publicKey, 'utf8');
  return verifyExport(createReadStream(flags.export), { ...held, publicKeyPem });
}

function printFault(fault: Fault): void {
  const entries =
    fault.seq === null
      ? ''
      : fault.toSeq === null || fault.toSeq === fault.seq
        ? ` entry ${fault.seq}`
        : ` entries ${fault.seq} to ${fault.toSeq}`;
  const record = fault.auditId === null ? '' : ` record ${fault.auditId}`;
  print(`${fault.kind.toUpperCase()}${entries}${record}: ${fault.message}`);
}

function countsOf(report: VerifyReport): string {
  return Object.entries(report.faults)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function exportCommand(_result: CommandResult): Command {
  return withSettings(new Command('export'))
    .description(
      'write records, chain and checkpoints as lines of JSON; `audit verify --export` judges them without a database',
    )
    .option('--output <file>', 'where to (default: standard output); must not exist')
    .action(async (flags: SettingsFlags & { readonly output?: string }) => {
      await withApplication(configFrom(flags), { migrate: false }, async (app) => {
        const out =
          flags.output === undefined ? process.stdout : createWriteStream(flags.output, { flags: 'wx', mode: 0o600 });
        const items = await app.get(AuditExport, { strict: false }).write(out);
        if (out !== process.stdout) {
          out.end();
          await finished(out);
        }
        process.stderr.write(`${items} items exported.\n`);
      });
    });
}

function publicKeyCommand(_result: CommandResult): Command {
  return withSettings(new Command('public-key'))
    .description('print the key that verifies checkpoints (PEM); keep a copy outside')
    .action((flags: SettingsFlags) =>
      withApplication(configFrom(flags), { migrate: false }, async (app) =>
        print((await app.get(AuditExport, { strict: false }).publicKey()).trimEnd()),
      ),
    );
}
