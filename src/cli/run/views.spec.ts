import { describe, expect, it } from '@jest/globals';
import type { Progress, ShownEvent } from './progress.js';
import { JsonView, LiveView, PlainView } from './views.js';

class Screen {
  text = '';
  columns = 60;
  rows = 20;
  write = (piece: string): boolean => {
    this.text += piece;
    return true;
  };
}

const EVENT: ShownEvent = {
  storageId: 1,
  time: '2026-01-01T10:11:12.345Z',
  isLog: true,
  kind: 'info',
  instance: 'vm_1',
  operation: 'cloudify.interfaces.lifecycle.create',
  message: '<out> hello\u001b[2J',
};
const PROGRESS: Progress = {
  workflow: 'install',
  status: 'started',
  error: null,
  finishedOperations: 0,
  totalOperations: 1,
  instances: [{ id: 'vm_1', node: 'vm', state: 'creating', container: null }],
  current: ['vm_1 create'],
};

describe('views of a run', () => {
  it('write a line for each event, in which nothing steers the terminal', () => {
    const screen = new Screen();
    const view = new PlainView(screen);
    view.event(EVENT);
    view.event({ ...EVENT, isLog: false, kind: 'sending_task', message: 'Sending task' });
    view.event({ ...EVENT, kind: 'debug', message: 'options' });
    view.event({ ...EVENT, isLog: false, kind: 'task_started', message: "Subgraph started 'install_vm_1'" });
    expect(screen.text).toBe('10:11:12.345 [vm_1.create] INFO: <out> hello·[2J\n');
  });

  it('draw anew in place, and let log lines scroll by above', () => {
    const screen = new Screen();
    const view = new LiveView(screen);
    view.progress(PROGRESS);
    expect(screen.text.split('\n').length - 1).toBe(3);
    screen.text = '';
    view.event(EVENT);
    expect(screen.text.startsWith('\u001b[3F\u001b[J10:11:12.345 [vm_1.create] INFO')).toBe(true);
    expect(screen.text).toContain('└─ vm_1 creating');
    screen.text = '';
    view.event({ ...EVENT, isLog: false, kind: 'task_started' });
    expect(screen.text).toBe('');
  });

  it('give programs one object a line, and progress only when it changed', () => {
    const screen = new Screen();
    const view = new JsonView(screen);
    view.progress(PROGRESS);
    view.progress({ ...PROGRESS });
    view.event(EVENT);
    const lines = screen.text.trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual(['progress', 'event']);
  });
});
