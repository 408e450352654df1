import { Injectable } from '@nestjs/common';
import { isSystemAdministrator } from '../../core/access/actor.js';
import { readResolverSettings, ResolverSettingsError } from '../../core/dsl/imports/resolver-settings.js';
import {
  AppError,
  BadParametersError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
} from '../../core/errors/app-error.js';
import { isStorable } from '../../core/text/storable.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ProviderContextView, PutProviderContext } from './provider-context.dto.js';
import { ProviderContextRepository } from './provider-context.repository.js';

/** What of the provider context the manager itself acts on: how blueprints are read. */
export interface LanguageSection {
  readonly importResolver: unknown;
  readonly validateDefinitionsVersion: unknown;
}

/**
 * A document about the installation that clients keep here. The manager acts on two keys of its section `cloudify`,
 * where installations of the original have them: `import_resolver` and `validate_definitions_version`.
 */
@Injectable()
export class ProviderContextService {
  constructor(
    private readonly contexts: ProviderContextRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly audit: AuditSink,
  ) {}

  async get(ctx: Ctx): Promise<ProviderContextView> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.contexts.find(ctx));
    if (!found) throw new NotFoundError('ProviderContext', 'CONTEXT');
    return found;
  }

  /** Keys that are not there are undefined. */
  async languageSection(ctx: Ctx): Promise<LanguageSection> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.contexts.find(ctx));
    const section = sectionOf(found?.context);
    return {
      importResolver: section['import_resolver'],
      validateDefinitionsVersion: section['validate_definitions_version'],
    };
  }

  /** @throws ConflictError when there is one already, which a new installation has. */
  async create(ctx: Ctx, input: PutProviderContext): Promise<void> {
    assertStorable(input);
    assertReadable(input);
    await this.unitOfWork.run(ctx, async (ctx) => {
      if (!(await this.contexts.insert(ctx, input))) throw new ConflictError('The provider context exists already');
      await this.record(ctx, 'create', input.name);
    });
  }

  /**
   * Everybody reads the one context, and by default every role may create one: so changing what is there is left to
   * system administrators.
   * @throws ForbiddenError for others, AppError resolver_instantiation_error.
   */
  async replace(ctx: Ctx, input: PutProviderContext): Promise<void> {
    assertStorable(input);
    if (!isSystemAdministrator(ctx.actor)) {
      throw new ForbiddenError('Only a system administrator may change the provider context');
    }
    assertReadable(input);
    await this.unitOfWork.run(ctx, async (ctx) => {
      await this.contexts.replace(ctx, input);
      await this.record(ctx, 'update', input.name);
    });
  }

  private record(ctx: Ctx, operation: 'create' | 'update', name: string): Promise<void> {
    return this.audit.record(ctx, {
      action: `provider_context.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'provider_context',
      refId: null,
      refIdentifier: { id: 'CONTEXT', name },
    });
  }
}

function assertStorable({ name, context }: PutProviderContext): void {
  if (!isStorable(name) || !isStorable(context)) {
    throw new BadParametersError('A text of the provider context contains a character that cannot be stored');
  }
}

/** The section as far as it has a shape that can be read; that it has is looked at when it is stored. */
function sectionOf(context: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  const section = context?.['cloudify'];
  return typeof section === 'object' && section !== null && !Array.isArray(section)
    ? (section as Readonly<Record<string, unknown>>)
    : {};
}

/** @throws AppError resolver_instantiation_error for rules that could not be followed, BadParametersError */
function assertReadable({ context }: PutProviderContext): void {
  const section = sectionOf(context);
  const flag = section['validate_definitions_version'];
  if (flag !== undefined && typeof flag !== 'boolean') {
    throw new BadParametersError('cloudify.validate_definitions_version must be true or false');
  }
  try {
    readResolverSettings(section['import_resolver']);
  } catch (error) {
    if (!(error instanceof ResolverSettingsError)) throw error;
    throw new AppError('resolver_instantiation_error', `The import resolver cannot be built: ${error.message}`, {
      cause: error,
    });
  }
}
