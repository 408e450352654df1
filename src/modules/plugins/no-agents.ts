import { Injectable } from '@nestjs/common';
import { AgentNames } from '../../platform/agents/agent-names.js';

/** Nothing makes agents yet, so every name is unknown. */
@Injectable()
export class NoAgents extends AgentNames {
  override known(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set());
  }
}
