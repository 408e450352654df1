import type { Provider } from '@nestjs/common';
import { ExecutionGroupsRepository } from './execution-groups.repository.js';
import { ExecutionGroupsService } from './execution-groups.service.js';

export const GROUP_PROVIDERS: readonly Provider[] = [ExecutionGroupsRepository, ExecutionGroupsService];
