import type { Dict } from '../values.js';
import type { Fields, Reading } from './reading.js';
import type { ScheduleClock } from './schedules.js';

/**
 * The section `deployment_settings`, schedules normalised (dsl.md §13).
 * @param clock what "today" and the server's zone are; without one a mere `HH:MM` stays as written and UTC is meant
 */
export function readSettings(_reading: Reading, _sections: Fields, _clock?: ScheduleClock): Dict {
  throw new Error('not yet');
}
