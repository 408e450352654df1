/**
 * What can be wrong with an audit log.
 * - `edit`: a record or an entry of the chain has other content than what was sealed.
 * - `deletion`: a record is gone and no signed removal says so.
 * - `reorder`: entries stand in another order than they were sealed in.
 * - `insertion`: a record or an entry that was never sealed.
 * - `gap`: entries of the chain are missing between others.
 * - `cut_tail`: a checkpoint vouches for entries at the end that are gone, or were replaced.
 * - `wrong_signature`: a checkpoint or a removal that this installation did not sign.
 */
export type FaultKind = 'edit' | 'deletion' | 'reorder' | 'insertion' | 'gap' | 'cut_tail' | 'wrong_signature';

export interface Fault {
  readonly kind: FaultKind;
  /** The first entry concerned, or null when it is about a record that has none. */
  readonly seq: number | null;
  /** The last entry concerned. */
  readonly toSeq: number | null;
  /** The record concerned, where it is one. */
  readonly auditId: string | null;
  /** For people. */
  readonly message: string;
}

export type OnFault = (fault: Fault) => void;

export function entryFault(kind: FaultKind, seq: number, toSeq: number, message: string): Fault {
  return { kind, seq, toSeq, auditId: null, message };
}

export function recordFault(kind: FaultKind, seq: number | null, auditId: string | null, message: string): Fault {
  return { kind, seq, toSeq: seq, auditId, message };
}
