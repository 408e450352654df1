import { OperationSlots, type Waiting } from './operation-slots.js';

class Asking implements Waiting {
  constructor(
    private readonly name: string,
    private left: number,
    private readonly log: string[],
  ) {}
  get wants(): boolean {
    return this.left > 0;
  }
  granted(): void {
    this.left -= 1;
    this.log.push(this.name);
  }
}

describe('the places of operations', () => {
  it('are as many as there are', () => {
    const slots = new OperationSlots(2);
    expect([slots.take(), slots.take(), slots.take()]).toEqual([true, true, false]);
    slots.release();
    expect(slots.take()).toBe(true);
  });

  it('go round among those who wait, and nobody overtakes them', () => {
    const slots = new OperationSlots(1);
    const log: string[] = [];
    slots.take();
    for (const [name, wants] of [['greedy', 3] as const, ['modest', 1] as const]) {
      slots.wait(new Asking(name, wants, log));
    }
    slots.release();
    expect(slots.take()).toBe(false);
    for (let each = 0; each < 3; each += 1) slots.release();
    expect(log).toEqual(['greedy', 'modest', 'greedy', 'greedy']);
  });

  it('are given to nobody any more once they are closed', () => {
    const slots = new OperationSlots(1);
    const log: string[] = [];
    slots.take();
    slots.wait(new Asking('late', 1, log));
    slots.close();
    slots.release();
    expect([slots.take(), log]).toEqual([false, []]);
  });
});
