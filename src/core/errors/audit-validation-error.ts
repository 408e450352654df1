export interface AuditProblem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** 422 of the audit endpoints, whose errors have a shape of their own: `{"detail": …}` (rest-api §2.9). */
export class AuditValidationError extends Error {
  constructor(readonly detail: readonly AuditProblem[] | string) {
    super(typeof detail === 'string' ? detail : detail.map((problem) => problem.msg).join('; '));
    this.name = new.target.name;
  }
}
