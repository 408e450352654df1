import type { Provider } from '@nestjs/common';
import { OperationsRepository } from './operations.repository.js';
import { OperationsService } from './operations.service.js';

export const OPERATION_PROVIDERS: readonly Provider[] = [OperationsRepository, OperationsService];
