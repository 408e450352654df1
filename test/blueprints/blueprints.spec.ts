import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactPlan } from './compact-plan.js';
import { BLUEPRINT_NAMES, deployReal, folderOf, parseReal } from './real-blueprints.js';

/** `HOLDFAST_UPDATE_PLANS=1` writes the plans anew; look at the difference before you commit it. */
const isUpdating = process.env['HOLDFAST_UPDATE_PLANS'] === '1';

describe('real blueprints', () => {
  it('are many', () => {
    expect(BLUEPRINT_NAMES.length).toBeGreaterThanOrEqual(30);
  });

  it.each(BLUEPRINT_NAMES)('%s has the plan that was reviewed', async (name) => {
    const { plan, errors, warnings } = await parseReal(name);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    if (plan === null) throw new Error('no plan');
    const text = compactPlan(plan, deployReal(name, plan));
    const file = join(folderOf(name), 'plan.yaml');
    if (isUpdating) writeFileSync(file, text);
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });
});
