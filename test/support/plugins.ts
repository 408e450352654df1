import { gzipSync } from 'node:zlib';
import { tar, zip, type ZipPart } from './archive-builder.js';
import type { Answer, Client, RequestOptions } from './client.js';

export interface WagonFacts {
  readonly name?: string;
  readonly version?: string;
  readonly distribution?: string | null;
  /** In place of the usual `package.json`. */
  readonly packageJson?: string | Buffer;
}

/** What `wagon` writes into a wagon (agent-protocol §15). */
export function packageJson({
  name = 'my-plugin',
  version = '1.0.0',
  distribution = 'centos',
}: WagonFacts = {}): object {
  return {
    archive_name: archiveName({ name, version }),
    build_server_os_properties: {
      distribution,
      distribution_release: distribution === null ? null : 'core',
      distribution_version: distribution === null ? null : '7.9',
    },
    package_name: name,
    package_source: `${name}==${version}`,
    package_version: version,
    supported_platform: 'linux_x86_64',
    supported_python_versions: ['py311'],
    wheels: [`${name}-${version}-py3-none-any.whl`],
    excluded_wheels: [],
  };
}

export function archiveName({ name = 'my-plugin', version = '1.0.0' }: WagonFacts = {}): string {
  return `${name}-${version}-py311-none-linux_x86_64.wgn`;
}

/** A wagon: one folder with `package.json` and wheels. */
export function wagon(facts: WagonFacts = {}, kind: 'zip' | 'tar.gz' = 'zip'): Buffer {
  const folder = (facts.name ?? 'my-plugin').replaceAll('-', '_');
  const files = [
    { name: `${folder}/package.json`, content: facts.packageJson ?? JSON.stringify(packageJson(facts)) },
    { name: `${folder}/wheels/one-1.0-py3-none-any.whl`, content: 'the bytes of a wheel' },
  ];
  return kind === 'zip' ? zip(files) : gzipSync(tar(files));
}

/** A YAML as plugins have it: one plugin, one type. */
export function pluginYaml({ name = 'my-plugin', version = '1.0.0' }: WagonFacts = {}, more = ''): string {
  return [
    'plugins:',
    `  ${name}:`,
    '    executor: central_deployment_agent',
    `    package_name: ${name}`,
    `    package_version: '${version}'`,
    'node_types:',
    `  ${name}.nodes.Thing:`,
    '    derived_from: cloudify.nodes.Root',
    '    interfaces:',
    '      cloudify.interfaces.lifecycle:',
    `        create: ${name}.tasks.create`,
    more,
    '',
  ].join('\n');
}

/** A zip of a wagon and its YAMLs; further parts as they are. */
export function pluginZip(
  facts: WagonFacts = {},
  yamls: Readonly<Record<string, string>> = { 'plugin.yaml': pluginYaml(facts) },
  further: readonly ZipPart[] = [],
): Buffer {
  return zip([
    { name: archiveName(facts), content: wagon(facts), store: true },
    ...Object.entries(yamls).map(([name, content]) => ({ name, content })),
    ...further,
  ]);
}

/** A caravan of these wagons, each with its YAML. */
export function caravan(wagons: readonly WagonFacts[]): Buffer {
  const metadata = wagons.map((facts) => `${facts.name}/${archiveName(facts)}: ${facts.name}/plugin.yaml\n`).join('');
  return gzipSync(
    tar([
      { name: 'caravan/METADATA', content: metadata },
      ...wagons.flatMap((facts) => [
        { name: `caravan/${facts.name}/${archiveName(facts)}`, content: wagon(facts) },
        { name: `caravan/${facts.name}/plugin.yaml`, content: pluginYaml(facts) },
      ]),
    ]),
  );
}

/** Uploads as the Python client does: raw, with the content type of everything else. */
export function uploadPlugin(
  client: Client,
  archive: Buffer = pluginZip(),
  query: Readonly<Record<string, string>> = {},
  options: RequestOptions = {},
): Promise<Answer> {
  return client.post('/plugins', archive, { headers: { 'content-type': 'application/json' }, query, ...options });
}
