import { Injectable } from '@nestjs/common';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { BlueprintLanguage, type BlueprintReading, type BlueprintSource } from '../blueprint-language.js';
import { readYamlInWorker } from './read-in-worker.js';
import { BLUEPRINT_YAML_LIMITS, type YamlHead } from './yaml-head.js';

const VERSIONS: readonly string[] = ['1_0', '1_1', '1_2', '1_3', '1_4', '1_5'].map((v) => `cloudify_dsl_${v}`);

/**
 * Knows of the language what needs no knowledge of it: the main file is YAML within the limits, and declares a version
 * that exists. The plan stays null.
 */
@Injectable()
export class YamlLanguage extends BlueprintLanguage {
  override async read(
    _ctx: TenantCtx,
    source: BlueprintSource,
    mainFile: string,
    signal: AbortSignal,
  ): Promise<BlueprintReading> {
    const limits = BLUEPRINT_YAML_LIMITS;
    const bytes = await source.read(mainFile, limits.maxBytes);
    if (bytes === 'absent') return invalid(mainFile, 'the file does not exist');
    if (bytes === 'too-large') return invalid(mainFile, `the file is larger than ${limits.maxBytes} bytes`);
    return judged(mainFile, await readYamlInWorker({ bytes, limits }, signal));
  }
}

function judged(mainFile: string, head: YamlHead): BlueprintReading {
  if (head.kind === 'invalid') return invalid(mainFile, head.message);
  const { version, description, warnings } = head;
  if (version === null) return invalid(mainFile, 'tosca_definitions_version is missing or not a text');
  if (!VERSIONS.includes(version)) {
    return invalid(
      mainFile,
      `unknown tosca_definitions_version \`${printable(version)}\`; known are ${VERSIONS.join(', ')}`,
    );
  }
  return { kind: 'ok', plan: null, description, requirements: null, labels: [], warnings };
}

function invalid(mainFile: string, reason: string): BlueprintReading {
  return { kind: 'invalid', message: `${mainFile}: ${reason}` };
}
