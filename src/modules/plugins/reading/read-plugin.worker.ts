import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PluginFault } from '../../../core/plugins/plugin-fault.js';
import {
  MAX_YAML_BYTES,
  mergeFacts,
  readCaravanMetadata,
  readPluginYaml,
} from '../../../core/plugins/plugin-yaml-facts.js';
import { MAX_METADATA_BYTES, readWagonMetadata } from '../../../core/plugins/wagon-metadata.js';
import type { ReadingJob, ReadingReply, UploadedFile } from './reading-messages.js';

/** The thread that reads what an upload says of itself, once, and ends. */
function replyTo(job: ReadingJob): ReadingReply {
  try {
    if (job.kind === 'caravan') {
      const { metadata } = job;
      return {
        kind: 'caravan',
        wagons: [...readCaravanMetadata(textOf(metadata, MAX_METADATA_BYTES), metadata.name)],
      };
    }
    const plugins = job.plugins.map(({ packageJson, yamls }) => ({
      metadata: readWagonMetadata(textOf(packageJson, MAX_METADATA_BYTES), packageJson.name),
      yaml: mergeFacts(yamls.map((yaml) => readPluginYaml(textOf(yaml, MAX_YAML_BYTES), yaml.name))),
    }));
    return { kind: 'plugins', plugins };
  } catch (error) {
    if (error instanceof PluginFault) return { kind: 'refused', message: error.message };
    return { kind: 'broken', trace: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function textOf({ name, path }: UploadedFile, maxBytes: number): string {
  if (statSync(path).size > maxBytes) throw new PluginFault(`${name} is larger than ${maxBytes} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) throw new PluginFault(`${name} is not UTF-8`);
    throw error;
  }
}

parentPort?.postMessage(replyTo(workerData as ReadingJob), []); // what readInThread passes
