/**
 * Why a sealed value does not open. `malformed`: not an envelope at all; `unsupported`: of a format or algorithm this
 * version does not know; `unauthentic`: changed, moved to another cell, or sealed under another key.
 */
export type EnvelopeFault = 'malformed' | 'unsupported' | 'unauthentic';

const TEXT: Readonly<Record<EnvelopeFault, string>> = {
  malformed: 'The bytes are not a sealed value.',
  unsupported: 'The sealed value has a format or algorithm that is not known here.',
  unauthentic: 'The sealed value was changed or moved, or belongs to another key.',
};

/** Never says more than the fault: which byte or which check failed would help only whoever forges. */
export class EnvelopeError extends Error {
  constructor(readonly fault: EnvelopeFault) {
    super(TEXT[fault]);
    this.name = new.target.name;
  }
}
