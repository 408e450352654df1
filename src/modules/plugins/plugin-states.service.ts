import { Injectable } from '@nestjs/common';
import { AppError, BadParametersError, ConflictError, NotFoundError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { INSTALLATION_STATES, isInstallationState } from '../../core/plugins/installation-state.js';
import { isStorable } from '../../core/text/storable.js';
import { AgentNames } from '../../platform/agents/agent-names.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { ServerIdentity } from '../../platform/tls/server-identity.js';
import { PluginAudit } from './plugin-audit.js';
import { PluginStatesRepository, type Place } from './plugin-states.repository.js';
import type { PluginAction, SetInstallationState } from './plugin.dto.js';
import { PluginsRepository } from './plugins.repository.js';

/** What is kept of an error: lists show it, once for each place. */
const MAX_ERROR_LENGTH = 4_096;

/** Where plugins are installed, or shall be (rest-api §3.12, agent-protocol §15). */
@Injectable()
export class PluginStatesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly plugins: PluginsRepository,
    private readonly states: PluginStatesRepository,
    private readonly agents: AgentNames,
    private readonly identity: ServerIdentity,
    private readonly audit: PluginAudit,
  ) {}

  /**
   * Notes the wish that the plugin be installed in the places that are named.
   * @throws AppError unknown_action, BadParametersError, NotFoundError, IllegalActionError
   */
  async act(ctx: TenantCtx, id: string, { action, managers, agents }: PluginAction): Promise<void> {
    if (action !== 'install') {
      throw new AppError('unknown_action', `Unknown action: \`${printable(action)}\`. Allowed values are: install`);
    }
    const places = [...placesIn('manager', managers), ...placesIn('agent', agents)];
    await this.unitOfWork.run(ctx, async (ctx) => {
      const plugin = await this.plugins.changeable(ctx, id, 'KEY SHARE');
      await this.assertKnown(ctx, places);
      const wish = { state: 'pending-install', error: null } as const;
      const changed = await this.states.set(ctx, plugin.storageId, places, wish);
      await this.audit.recordStates(ctx, changed, { action: 'plugin.install', id, state: wish.state });
    });
  }

  /**
   * Notes what one place says of the plugin.
   * @throws BadParametersError, ConflictError when not exactly one place is named, NotFoundError, IllegalActionError
   */
  async report(ctx: TenantCtx, id: string, { state, agent, manager, error }: SetInstallationState): Promise<void> {
    if (!isInstallationState(state)) {
      throw new BadParametersError(
        `Invalid state: \`${printable(state)}\`. Allowed values are: ${INSTALLATION_STATES.join(', ')}`,
      );
    }
    const places = [...placesIn('manager', given(manager)), ...placesIn('agent', given(agent))];
    if (places.length !== 1) throw new ConflictError('Exactly one of `agent` and `manager` must be given');
    await this.unitOfWork.run(ctx, async (ctx) => {
      const plugin = await this.plugins.changeable(ctx, id, 'KEY SHARE');
      await this.assertKnown(ctx, places);
      const changed = await this.states.set(ctx, plugin.storageId, places, { state, error: keptError(error ?? null) });
      await this.audit.recordStates(ctx, changed, { action: 'plugin.set_state', id, state });
    });
  }

  /** @throws NotFoundError that names the first unknown one */
  private async assertKnown(ctx: TenantCtx, places: readonly Place[]): Promise<void> {
    const storable = places.filter(({ name }) => isStorable(name)); // the database could not even be asked for others
    const namesOf = (wanted: Place['kind']): readonly string[] =>
      storable.filter(({ kind }) => kind === wanted).map(({ name }) => name);
    const managers = await this.states.managers(ctx, namesOf('manager'));
    const agents = await this.agents.known(ctx, namesOf('agent'));
    const unknown = places.find(({ kind, name }) =>
      kind === 'agent' ? !agents.has(name) : !managers.has(name) && name !== this.identity.hostname,
    );
    if (unknown !== undefined) {
      throw new NotFoundError(unknown.kind === 'agent' ? 'Agent' : 'Manager', printable(unknown.name));
    }
  }
}

/** Each once. @throws BadParametersError where a name is no text */
function placesIn(kind: Place['kind'], names: readonly unknown[] | null | undefined): readonly Place[] {
  return [...new Set(names ?? [])].map((name) => {
    if (typeof name !== 'string') throw new BadParametersError(`\`${kind}s\` must be a list of names`);
    return { kind, name };
  });
}

/** The Python client sends null for what it was not given, others an empty text. */
function given(name: string | null | undefined): readonly string[] {
  return name ? [name] : [];
}

/** Cut rather than refused: whoever reports a failure has nobody else to tell. */
function keptError(error: string | null): string | null {
  if (error === null) return null;
  return error.slice(0, MAX_ERROR_LENGTH).replaceAll('\0', '\u{FFFD}').toWellFormed();
}
