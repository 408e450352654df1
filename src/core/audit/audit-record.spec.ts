import fc from 'fast-check';
import { AUDIT_COLUMNS, digestOf, isAuditRow, type AuditRow } from './audit-record.js';

const cells = fc.option(
  fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  { nil: null },
);
const rows: fc.Arbitrary<AuditRow> = fc
  .tuple(...AUDIT_COLUMNS.map(() => cells))
  .map(
    (values) => Object.fromEntries(AUDIT_COLUMNS.map((column, index) => [column, values[index] ?? null])) as AuditRow,
  );

describe('digestOf', () => {
  it('differs when any cell differs, null and empty text included', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(...AUDIT_COLUMNS), cells, (row, column, cell) => {
        const changed = { ...row, [column]: cell };
        expect(digestOf(changed).equals(digestOf(row))).toBe(row[column] === cell);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  it('cannot be met by moving text from one cell to the next', () => {
    fc.assert(
      fc.property(rows, fc.string(), fc.string(), (row, left, right) => {
        const whole = { ...row, action: left + right, operation: '' };
        const parted = { ...row, action: left, operation: right };
        expect(digestOf(whole).equals(digestOf(parted))).toBe(right === '');
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it('does not depend on the order in which the cells were read', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const turned = Object.fromEntries(Object.entries(row).toReversed()) as AuditRow;
        expect(digestOf(turned)).toEqual(digestOf(row));
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it('stays what it is: records sealed by older versions must verify', () => {
    const row = Object.fromEntries(
      AUDIT_COLUMNS.map((column, index) => [column, index % 3 === 0 ? null : `${column}-é`]),
    );
    expect(digestOf(row as AuditRow).toString('hex')).toMatchInlineSnapshot(
      `"81c1531cf193dcc36c00365e38a528a90c91c4da8c8b56f987059012da727503"`,
    );
  });
});

describe('isAuditRow', () => {
  it('wants every column, nothing else, and texts only', () => {
    const row = Object.fromEntries(AUDIT_COLUMNS.map((column) => [column, null]));
    expect(isAuditRow(row)).toBe(true);
    expect(isAuditRow({ ...row, more: null })).toBe(false);
    expect(isAuditRow({ ...row, id: 1 })).toBe(false);
    expect(isAuditRow({ ...row, action: '\ud800' })).toBe(false);
    expect(isAuditRow([])).toBe(false);
  });
});
