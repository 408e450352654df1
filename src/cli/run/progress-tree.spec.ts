import { describe, expect, it } from '@jest/globals';
import type { Progress, ShownInstance } from './progress.js';
import { drawProgress } from './progress-tree.js';

const CANVAS = { columns: 100, rows: 24 };

function instance(id: string, container: string | null = null, state = 'started'): ShownInstance {
  return { id, node: id.split('_')[0] ?? id, state, container };
}

function progressOf(instances: readonly ShownInstance[], changes: Partial<Progress> = {}): Progress {
  return {
    workflow: 'install',
    status: 'started',
    error: null,
    finishedOperations: 3,
    totalOperations: 6,
    instances,
    current: [],
    ...changes,
  };
}

describe('drawProgress', () => {
  it('puts instances below what contains them', () => {
    const lines = drawProgress(
      progressOf([
        instance('app_1', 'vm_1', 'creating'),
        instance('vm_1'),
        instance('db_1', 'vm_1'),
        instance('net_1'),
      ]),
      CANVAS,
    );
    expect(lines).toEqual([
      'install started [███████████████░░░░░░░░░░░░░░░] 3/6 operations',
      '├─ vm_1 started',
      '│  ├─ app_1 creating',
      '│  └─ db_1 started',
      '└─ net_1 started',
    ]);
  });

  it('says which operations run, and cuts what is wider than the terminal', () => {
    const lines = drawProgress(progressOf([instance('vm_1')], { current: ['vm_1 create', 'db_1 start'] }), {
      columns: 24,
      rows: 24,
    });
    expect(lines.at(-1)).toBe('running: vm_1 create, d…');
    expect(lines.every((line) => line.length <= 24)).toBe(true);
  });

  it('shows those in which something happens where there is no room for all', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      instance(`vm_${index}`, null, index === 40 ? 'starting' : 'started'),
    );
    const lines = drawProgress(progressOf(many), { columns: 80, rows: 10 });
    expect(lines.length).toBeLessThan(10);
    expect(lines.join('\n')).toContain('vm_40 starting');
    expect(lines.at(-1)).toBe('… and 45 more');
  });

  it('shows an instance at the top whose container is gone', () => {
    expect(drawProgress(progressOf([instance('app_1', 'vm_gone')]), CANVAS).at(-1)).toBe('└─ app_1 started');
  });

  it('has an empty bar for a workflow without operations', () => {
    const [line] = drawProgress(progressOf([], { finishedOperations: 0, totalOperations: 0 }), CANVAS);
    expect(line).toContain(`[${'░'.repeat(30)}] 0/0`);
  });

  it('follows containment of any depth', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      instance(`n_${index}`, index === 0 ? null : `n_${index - 1}`, 'started'),
    );
    expect(drawProgress(progressOf(chain), CANVAS).at(-1)).toMatch(/^… and \d+ more$/);
  });
});
