import type { Provider } from '@nestjs/common';
import { ScheduleRunner } from './schedule-runner.js';
import { SchedulesRepository } from './schedules.repository.js';
import { SchedulesService } from './schedules.service.js';

export const SCHEDULE_PROVIDERS: readonly Provider[] = [ScheduleRunner, SchedulesRepository, SchedulesService];
