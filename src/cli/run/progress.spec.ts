import { describe, expect, it } from '@jest/globals';
import { containments, CurrentOperations, eventOf, instanceOf } from './progress.js';

function taskEvent(kind: string, operation = 'cloudify.interfaces.lifecycle.create'): ReturnType<typeof eventOf> {
  return eventOf({
    _storage_id: 1,
    reported_timestamp: '2026-01-01T00:00:00.000Z',
    type: 'cloudify_event',
    event_type: kind,
    node_instance_id: 'vm_1',
    operation,
    message: 'Task',
  });
}

describe('the progress of a run', () => {
  it('finds what contains an instance by the type hierarchy of its relationships', () => {
    const contained = containments([
      {
        id: 'app',
        relationships: [
          {
            type: 'my.runs_on',
            type_hierarchy: ['cloudify.relationships.depends_on', 'cloudify.relationships.contained_in', 'my.runs_on'],
          },
          { type: 'cloudify.relationships.connected_to', type_hierarchy: ['cloudify.relationships.connected_to'] },
        ],
      },
    ]);
    const relationships = [
      { type: 'cloudify.relationships.connected_to', target_id: 'db_1', target_name: 'db' },
      { type: 'my.runs_on', target_id: 'vm_1', target_name: 'vm' },
    ];
    const item = { id: 'app_1', node_id: 'app', state: 'started', relationships };
    expect(instanceOf(item, contained)).toEqual({ id: 'app_1', node: 'app', state: 'started', container: 'vm_1' });
    expect(instanceOf({ ...item, node_id: 'other' }, contained).container).toBeNull();
  });

  it('tells operations under way from the events that begin and end them', () => {
    const current = new CurrentOperations();
    current.add(taskEvent('sending_task'));
    expect(current.names()).toEqual([]);
    current.add(taskEvent('task_started'));
    current.add(taskEvent('task_started', 'cloudify.interfaces.lifecycle.start'));
    expect(current.names()).toEqual(['vm_1 create', 'vm_1 start']);
    current.add(taskEvent('task_rescheduled'));
    expect(current.names()).toEqual(['vm_1 start']);
  });

  it('counts an operation that runs twice at once until both have ended', () => {
    const current = new CurrentOperations();
    current.add(taskEvent('task_started'));
    current.add(taskEvent('task_started'));
    current.add(taskEvent('task_failed'));
    expect(current.names()).toEqual(['vm_1 create']);
    current.add(taskEvent('task_succeeded'));
    expect(current.names()).toEqual([]);
  });
});
