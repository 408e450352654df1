import { Command, InvalidArgumentError } from 'commander';
import { tlsOptionsOf } from '../bootstrap/tls-settings.js';
import { SystemClock } from '../platform/clock/clock.js';
import { Log } from '../platform/logging/log.js';
import { CertificatesService, type CertificateView } from '../platform/tls/certificates.service.js';
import type { ListenerName } from '../platform/tls/tls-options.js';
import { print, type CommandResult } from './output.js';
import { configFrom, withSettings } from './settings-options.js';

/** Works on the files; a manager that runs picks the change up by itself. */
export function certsCommand(result: CommandResult): Command {
  const command = new Command('certs').description('certificates of the listeners');
  for (const make of [listCommand, renewCommand, addAddressCommand, importCommand, caCommand])
    command.addCommand(make(result));
  return command;
}

function service(flags: object): CertificatesService {
  return new CertificatesService(
    tlsOptionsOf(configFrom(flags)),
    new SystemClock(),
    new Log({ level: 'warn', directory: null }),
  );
}

function listCommand(result: CommandResult): Command {
  return withSettings(new Command('list'))
    .description('every certificate in use, its names and its end; exit code 1 when one has a problem')
    .action(async (flags: object) => {
      const views = await service(flags).list();
      if (views.length === 0) print('There are no certificates yet: they are made at the first start.');
      printViews(views);
      if (views.some((view) => view.problem !== null)) result.exitCode = 1;
    });
}

function renewCommand(_result: CommandResult): Command {
  return withSettings(new Command('renew'))
    .description('make the self-made certificates anew')
    .action(async (flags: object) => printViews(await service(flags).renew()));
}

function addAddressCommand(_result: CommandResult): Command {
  return withListener(withSettings(new Command('add-address')))
    .description('answer to one more host name or IP address')
    .argument('<address>')
    .action(async (address: string, flags: { listener?: ListenerName }) => {
      const listeners = flags.listener === undefined ? undefined : [flags.listener];
      printViews(await service(flags).addAddress(address, listeners));
    });
}

function importCommand(_result: CommandResult): Command {
  return withSettings(new Command('import'))
    .description('take over own certificates (PEM) in place of the self-made ones')
    .option('--external-cert <file>')
    .option('--external-key <file>')
    .option('--internal-cert <file>')
    .option('--internal-key <file>')
    .action(async (flags: Record<string, string | undefined>) => {
      const pairs = (['external', 'internal'] as const).flatMap((listener) => {
        const certFile = flags[`${listener}Cert`];
        const keyFile = flags[`${listener}Key`];
        if ((certFile === undefined) !== (keyFile === undefined))
          throw new Error(`--${listener}-cert and --${listener}-key belong together.`);
        return certFile === undefined || keyFile === undefined ? [] : [{ listener, files: { certFile, keyFile } }];
      });
      if (pairs.length === 0)
        throw new Error('Give --external-cert and --external-key, or --internal-cert and --internal-key.');
      for (const { listener, files } of pairs) {
        const { imported, lackedAddresses } = await service(flags).importOwn(listener, files);
        printViews([imported]);
        if (lackedAddresses.length > 0) print(`  it lacks these configured addresses: ${lackedAddresses.join(', ')}`);
      }
    });
}

function caCommand(_result: CommandResult): Command {
  return withSettings(new Command('ca'))
    .description('print the CA certificate that clients must trust (PEM), and its fingerprint on standard error')
    .action(async (flags: object) => {
      const { pem, certificate } = await service(flags).ca();
      process.stderr.write(`SHA-256 fingerprint ${certificate.fingerprint256}\n`);
      print(pem.trimEnd());
    });
}

function withListener(command: Command): Command {
  return command.option('--listener <name>', 'external or internal (default: both)', (text: string): ListenerName => {
    if (text === 'external' || text === 'internal') return text;
    throw new InvalidArgumentError('a listener is external or internal');
  });
}

function printViews(views: readonly CertificateView[]): void {
  for (const { purpose, source, file, certificate, problem } of views) {
    print(`${purpose.padEnd(8)} ${source.padEnd(10)} ${file}`);
    if (certificate) {
      print(`  ${certificate.subject}; names: ${certificate.names.join(', ') || '-'}`);
      print(
        `  until ${certificate.validTo.toISOString().slice(0, 10)} (${certificate.daysLeft} days)  SHA-256 ${certificate.fingerprint256}`,
      );
    }
    if (problem !== null) print(`  PROBLEM: ${problem}`);
  }
}
