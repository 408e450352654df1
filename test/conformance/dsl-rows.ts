import { ERROR_CODES } from '../../src/core/dsl/error-codes.js';
import { FUNCTION_NAMES } from '../../src/core/dsl/functions/call.js';

/** A row of the table: the tag that tests carry in their title, and what it is about. */
export interface Row {
  readonly tag: string;
  readonly title: string;
}

/** Sections that state rules of their own, by their finest number. */
export const SECTIONS: readonly Row[] = [
  ['§1', 'Stages, order of checks, cycles'],
  ['§2', 'YAML'],
  ['§3', 'Document and sections'],
  ['§4', 'Versions'],
  ['§5', 'Imports'],
  ['§5.1', 'Resolving a path'],
  ['§5.2', 'Resolver rules'],
  ['§5.3', 'Plugin imports'],
  ['§5.4', 'Merging'],
  ['§5.5', 'Blueprint imports'],
  ['§6', 'Namespaces'],
  ['§7.1', 'Primitive types'],
  ['§7.2', 'Property schemas'],
  ['§7.3', 'Data types'],
  ['§7.4', 'Inheritance of schemas'],
  ['§8', 'Inputs'],
  ['§8.1', 'Given values'],
  ['§8.2', 'Functions in inputs'],
  ['§8.3', 'Constraints'],
  ['§9.1', 'Node types'],
  ['§9.2', 'Relationship types'],
  ['§9.3', 'Interfaces and operations'],
  ['§9.4', 'Merging operations'],
  ['§9.5', 'Implementations'],
  ['§10', 'Node templates'],
  ['§11', 'Plugins'],
  ['§12', 'Workflows'],
  ['§13', 'Groups, policies, outputs, capabilities, labels, settings'],
  ['§14.1', 'Recognising functions'],
  ['§14.2', 'Functions'],
  ['§14.3', 'Keywords and scopes'],
  ['§14.4', 'Where functions are looked for'],
  ['§14.5', 'Evaluation order and nesting'],
  ['§15', 'Deployment creation'],
  ['§16', 'Run-time evaluation'],
  ['§17', 'Errors'],
].map(([tag = '', title = '']) => ({ tag, title }));

/** What plan.md says; how the manager applies a modification (4.1) is not the language's. */
export const PLAN_SECTIONS: readonly Row[] = [
  ['plan 1', 'Plan'],
  ['plan 1.1', 'Nodes'],
  ['plan 1.2', 'Relationships of nodes'],
  ['plan 1.3', 'Resolved operations'],
  ['plan 1.4', 'Workflows'],
  ['plan 2', 'Deployment plan'],
  ['plan 3', 'Node instances'],
  ['plan 3.1', 'How many'],
  ['plan 3.2', 'Relationships of instances'],
  ['plan 4', 'Modification'],
  ['plan 5', 'Examples'],
].map(([tag = '', title = '']) => ({ tag, title }));

export const ERRORS: readonly Row[] = [...ERROR_CODES].map(([code, title]) => ({
  tag: `error ${String(code)}`,
  title,
}));

export const TRAPS: readonly Row[] = [
  'YAML 1.1 scalars, integers and floats',
  'Booleans, integers and floats in comparisons',
  "Python's regular expressions",
  'Cycles of relationships',
  'Built-in types override',
  'Merging and tagging of operations',
  'Implied defaults of data types',
  'Ambiguous names of operations',
  'What namespaces rewrite',
  'Two relationships to one target',
  'Host types and script plugins by their names',
  'Functions in relationship properties',
  "Python's truth",
].map((title, index) => ({ tag: `trap ${String(index + 1)}`, title }));

export const FUNCTIONS: readonly string[] = FUNCTION_NAMES;

export const SCOPES: readonly string[] = [
  'node properties',
  'node operation inputs',
  'scalable properties',
  'relationship operation inputs',
  'outputs',
  'capabilities',
  'labels',
  'policies',
  'scaling groups',
  'settings',
  'run time',
];
