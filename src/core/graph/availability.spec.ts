import { unavailableReason } from './availability.js';

const instances = (...states: readonly string[]): readonly { readonly state: string }[] =>
  states.map((state) => ({ state }));
const NODES = [{ type_hierarchy: ['cloudify.nodes.Root', 'cloudify.nodes.Compute'] }];

const rules = (...types: readonly string[]): Record<string, readonly string[]> => ({ node_types_required: types });

it('lets everything start that has no rules', () => {
  expect(unavailableReason(null, [], [])).toBeNull();
  expect(unavailableReason({}, instances('started'), NODES)).toBeNull();
  expect(unavailableReason({ available: true, node_instances_active: [] }, [], [])).toBeNull();
});

it('keeps back what is declared as not available', () => {
  expect(unavailableReason({ available: false }, [], [])).toBe('it is declared as not available');
});

it.each([
  [['started', 'started'], 'all'],
  [['started', 'deleted'], 'partial'],
  [['configured', 'deleted'], 'none'],
])('tells how many of %j are active', (states, activity) => {
  const others = ['all', 'partial', 'none'].filter((each) => each !== activity);
  expect(unavailableReason({ node_instances_active: [activity] }, instances(...states), [])).toBeNull();
  expect(unavailableReason({ node_instances_active: others }, instances(...states), [])).toContain(others.join(' or '));
});

it('takes an empty deployment as installed and as not installed', () => {
  expect(unavailableReason({ node_instances_active: ['none', 'partial'] }, [], [])).toBeNull();
  expect(unavailableReason({ node_instances_active: ['all', 'partial'] }, [], [])).toBeNull();
  expect(unavailableReason({ node_instances_active: ['partial'] }, [], [])).not.toBeNull();
});

it('wants a node of each type, or of one derived from it', () => {
  expect(unavailableReason(rules('cloudify.nodes.Compute'), [], NODES)).toBeNull();
  expect(unavailableReason(rules('cloudify.nodes.Compute', 'a', 'b'), [], NODES)).toBe(
    'it needs nodes of these types, and there are none: a, b',
  );
});
