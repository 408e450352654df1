import { SealedColumns, type SealedColumn } from './sealed-columns.js';

const VALUE: SealedColumn = {
  table: 'secret',
  column: 'value_sealed',
  versionColumn: 'value_version',
  idColumn: 'id',
  tenantColumn: 'tenant_id',
};
const cell = { tenantId: 1, table: 'secret', column: 'value_sealed', rowId: '1', recordVersion: 1 };

describe('SealedColumns', () => {
  it('takes the same declaration twice, and no other for the same column', () => {
    const columns = new SealedColumns();
    columns.declare(VALUE);
    columns.declare({ ...VALUE });
    expect(columns.all()).toEqual([VALUE]);
    expect(() => columns.declare({ ...VALUE, tenantColumn: null })).toThrow('differently');
  });

  it.each(['secret; DROP TABLE x', 'Secret', '"x"', '', 'a.b'])('takes no name like %p into SQL', (name) => {
    for (const part of ['table', 'column', 'versionColumn', 'idColumn', 'tenantColumn']) {
      expect(() => new SealedColumns().declare({ ...VALUE, [part]: name })).toThrow('cannot be called');
    }
  });

  it('knows which cells may be sealed', () => {
    const columns = new SealedColumns();
    columns.declare(VALUE);
    expect(() => columns.assertDeclared(cell)).not.toThrow();
    expect(() => columns.assertDeclared({ ...cell, tenantId: 0 })).not.toThrow();
    expect(() => columns.assertDeclared({ ...cell, tenantId: null })).toThrow('a tenant');
    expect(() => columns.assertDeclared({ ...cell, column: 'other' })).toThrow('not declared');
  });
});
