import { Injectable } from '@nestjs/common';
import { readResolverSettings, type ResolverSettings } from '../../../core/dsl/imports/resolver-settings.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { RuntimeSettings } from '../../../platform/settings/runtime-settings.js';
import { ProviderContextService } from '../../cluster/provider-context.service.js';

/** How this manager reads blueprints. */
export interface LanguageRules extends ResolverSettings {
  readonly validateVersions: boolean;
}

/**
 * The flags of the language: entries `validate_definitions_version` and `import_resolver` of the configuration, unless
 * the section `cloudify` of the provider context has them, where installations of the original keep them.
 */
@Injectable()
export class LanguageSettings {
  constructor(
    private readonly settings: RuntimeSettings,
    private readonly providerContext: ProviderContextService,
  ) {}

  /** @throws ResolverSettingsError when what is stored cannot be read */
  async current(ctx: Ctx): Promise<LanguageRules> {
    const { importResolver, validateDefinitionsVersion } = await this.providerContext.languageSection(ctx);
    return {
      ...readResolverSettings(importResolver ?? this.settings.json('import_resolver')),
      validateVersions:
        typeof validateDefinitionsVersion === 'boolean'
          ? validateDefinitionsVersion
          : this.settings.flag('validate_definitions_version'),
    };
  }
}
