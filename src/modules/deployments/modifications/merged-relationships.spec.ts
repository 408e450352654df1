import type { InstanceRelationship } from '../../../core/dsl/plan.js';
import { mergedRelationships } from './merged-relationships.js';

const to = (node: string, id: string): InstanceRelationship => ({ type: 't', target_name: node, target_id: id });

describe('relationships that were gained', () => {
  it('stand with those to the same node, in the order of the node, after what was there', () => {
    const merged = mergedRelationships([to('a', 'a1'), to('b', 'b1')], [to('b', 'b2'), to('a', 'a2')], ['b', 'a']);
    expect(merged.map(({ target_id: id }) => id)).toEqual(['b1', 'b2', 'a1', 'a2']);
  });

  it('come last where the node no longer has the relationship', () => {
    expect(mergedRelationships([to('x', 'x1')], [to('a', 'a1')], ['a']).map(({ target_id: id }) => id)).toEqual([
      'a1',
      'x1',
    ]);
  });
});
