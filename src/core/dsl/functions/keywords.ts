import type { Value } from '../values.js';
import type { CheckedPlace, Frame, Keyword, Meaning, ReadyCall } from './definition.js';
import { fail, shown } from './definition.js';
import { isKeyword } from './measure.js';
import { preview } from './run.js';
import type { Steps } from './steps.js';
import { answered } from './steps.js';
import type { EvaluationInstance, EvaluationNode } from './store.js';

/** What is wrong with a node argument at parse time: an illegal keyword, or no node template (dsl.md §14.3). */
export function wrongNode(node: Value, place: CheckedPlace): string | null {
  if (isKeyword(node)) {
    return place.keywords.has(node) ? null : `${node} cannot be used here`;
  }
  return typeof node === 'string' && place.properties(node) !== undefined
    ? null
    : `node ${preview(node)} does not exist`;
}

/** What a keyword means here. @throws FunctionFailure when it means nothing */
export function meaningOf(keyword: Keyword, call: ReadyCall, frame: Frame): Meaning {
  return frame.keywords.get(keyword) ?? fail(call, frame, `${keyword} cannot be used here`);
}

/** A node and the frame in which what stands in it is evaluated. */
export interface NodeInSight {
  readonly node: EvaluationNode;
  readonly frame: Frame;
}

/** The node that an argument names. @throws FunctionFailure when there is none */
export function* nodeInSight(name: Value, call: ReadyCall, frame: Frame): Steps<NodeInSight> {
  if (isKeyword(name)) {
    const meaning = meaningOf(name, call, frame);
    const node = meaning.kind === 'node' ? meaning.node : (yield* instanceById(meaning.instance, call, frame)).node_id;
    return {
      node: yield* nodeById(node, call, frame),
      frame: name === 'SELF' ? frame : within(frame, meaning, name),
    };
  }
  const node = yield* nodeById(name, call, frame);
  const self = frame.keywords.get('SELF');
  const own = self?.kind === 'node' && self.node === node.id;
  return { node, frame: own ? frame : within(frame, { kind: 'node', node: node.id }, node.id) };
}

/** A frame for what was found in a node: SELF means that node. */
function within(frame: Frame, self: Meaning, selfBecomes: string): Frame {
  return { ...frame, keywords: new Map([['SELF', self]]), selfBecomes };
}

function* nodeById(id: Value, call: ReadyCall, frame: Frame): Steps<EvaluationNode> {
  const node = typeof id === 'string' ? yield* answered(frame.store.node(id)) : undefined;
  return node ?? fail(call, frame, `node ${shown(id, call, frame)} does not exist`);
}

export function* instanceById(id: string, call: ReadyCall, frame: Frame): Steps<EvaluationInstance> {
  const instance = yield* answered(frame.store.instance(id));
  return instance ?? fail(call, frame, `node instance ${preview(id)} does not exist`);
}
