import type { Provider } from '@nestjs/common';
import { EventRemovalService } from './event-removal.service.js';
import { EventRetention } from './event-retention.js';
import { EventStreams } from './event-stream.service.js';
import { EventTail } from './event-tail.js';
import { EventsRepository } from './events.repository.js';
import { EventsService } from './events.service.js';

export const EVENT_PROVIDERS: readonly Provider[] = [
  EventRemovalService,
  EventRetention,
  EventStreams,
  EventTail,
  EventsRepository,
  EventsService,
];
