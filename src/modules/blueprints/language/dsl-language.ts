import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ResolverSettingsError } from '../../../core/dsl/imports/resolver-settings.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { parseLabels, type Label } from '../../../core/labels/labels.js';
import { AppConfig } from '../../../platform/config/config.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { Log } from '../../../platform/logging/log.js';
import { BlueprintLanguage, type BlueprintReading, type BlueprintSource } from '../blueprint-language.js';
import { keptDescription } from '../kept-description.js';
import { faultsText, warningTexts } from './diagnostic-text.js';
import { ImportBroker, type ImportSession } from './import-broker.js';
import { LanguageSettings, type LanguageRules } from './language-settings.js';
import type { ParseJob, ParseReply, PlanFacts } from './parse-messages.js';
import { ParserPool } from './parser-pool.js';
import { ParseEndedError } from './parser-thread.js';

/** Answers to a thread's questions may take this long together, in ms. */
const WAITING_MS = 60_000;
const IDLE_MS = 30_000;
/** More uploads than this are never at work at once; it bounds what a fault of ours could pile up. */
const MAX_WAITING = 100;

/** The language of blueprints, in threads of its own (dsl.md). */
@Injectable()
export class DslLanguage extends BlueprintLanguage implements OnModuleDestroy {
  private readonly pool: ParserPool;

  constructor(
    private readonly broker: ImportBroker,
    private readonly settings: LanguageSettings,
    private readonly config: AppConfig,
    private readonly log: Log,
  ) {
    super();
    this.pool = new ParserPool({
      threads: config.blueprintParsers,
      maxWaiting: MAX_WAITING,
      idleMs: IDLE_MS,
      memoryMb: config.blueprintParserMemoryMib,
      timeoutMs: config.blueprintParserSeconds * 1000,
      waitingMs: WAITING_MS,
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.pool.close();
  }

  override async read(ctx: TenantCtx, source: BlueprintSource, signal: AbortSignal): Promise<BlueprintReading> {
    const session = this.broker.open(ctx);
    try {
      const job = jobOf(source, await this.settings.current(ctx));
      const reply = await this.pool.parse(ctx.tenantId, job, (...asked) => session.answer(...asked), signal);
      return this.readingOf(reply, session);
    } catch (error) {
      if (error instanceof ParseEndedError) return this.ended(error);
      if (error instanceof ResolverSettingsError)
        return failed(`The manager's import rules are wrong: ${error.message}`);
      throw error;
    }
  }

  private readingOf(reply: ParseReply, session: ImportSession): BlueprintReading {
    switch (reply.kind) {
      case 'parsed':
        return accepted(reply, session);
      case 'refused': {
        const [first] = reply.errors;
        const isNamed = first !== undefined && (first.code !== null || first.class === 'import');
        return {
          kind: 'refused',
          state: isNamed ? 'invalid' : 'failed_parsing',
          message: faultsText(reply.errors),
          warnings: warningTexts(reply.warnings),
        };
      }
      case 'broken':
        this.log.error('the blueprint language failed on a blueprint', { error: reply.trace });
        return failed('The blueprint cannot be read because of a fault of the manager; its log has the details');
    }
  }

  /** A thread that was ended takes only its own blueprint along. */
  private ended(error: ParseEndedError): BlueprintReading {
    switch (error.reason) {
      case 'timeout':
        return failed(`The blueprint takes longer than ${this.config.blueprintParserSeconds} seconds to parse`);
      case 'waiting':
        return failed(`What the blueprint imports takes longer than ${WAITING_MS / 1000} seconds to fetch`);
      case 'memory':
        return failed(`The blueprint needs more than ${this.config.blueprintParserMemoryMib} MiB of memory to parse`);
      case 'crash':
        this.log.error('a parsing thread ended by itself', { error });
        return failed('The blueprint cannot be read because of a fault of the manager; its log has the details');
    }
  }
}

function jobOf(
  { folder, mainFile }: BlueprintSource,
  { rules, fallback, pins, validateVersions }: LanguageRules,
): ParseJob {
  return {
    folder,
    mainFile,
    rules,
    fallback,
    validateVersions,
    pinnedVersions: [...pins.mappings],
    pluginConstraints: [...pins.constraints],
  };
}

function accepted(reply: Extract<ParseReply, { kind: 'parsed' }>, session: ImportSession): BlueprintReading {
  const { folded, encoded, wireBytes, facts } = reply;
  const warnings = warningTexts(reply.warnings);
  const labels = labelsOf(facts);
  if ('problem' in labels) return { kind: 'refused', state: 'invalid', message: labels.problem, warnings };
  return {
    kind: 'ok',
    plan: { folded, encoded, wireBytes, labels: labels.labels },
    description: facts.description === null ? null : keptDescription(storable(facts.description)),
    requirements: storableJson(facts.requirements),
    importedIds: session.storageIds(facts.importedBlueprints),
    pluginIds: session.pluginIds(),
    packages: facts.packages,
    warnings,
  };
}

/** The labels of a blueprint follow the rules of all labels (rest-api §1.13). */
function labelsOf({
  blueprintLabels,
}: PlanFacts): { readonly labels: readonly Label[] } | { readonly problem: string } {
  try {
    const raw = blueprintLabels.filter(([, values]) => values.length > 0).map(([key, values]) => ({ [key]: values }));
    return { labels: parseLabels(raw, { keyValue: false }) };
  } catch (error) {
    if (error instanceof BadParametersError) return { problem: `blueprint_labels: ${error.message}` };
    throw error;
  }
}

/** A text column holds no NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}').toWellFormed();
}

/** Nor does JSON in the database. A backslash before the escape would make it one of a backslash. */
function storableJson(json: string): string {
  return json.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd');
}

function failed(message: string): BlueprintReading {
  return { kind: 'refused', state: 'failed_parsing', message, warnings: [] };
}
