import { Injectable } from '@nestjs/common';
import type { SealedCell } from './vault.js';

/** A column of type `bytea` whose values are envelopes, as its owner declares it. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Holds `recordVersion`. */
  readonly versionColumn: string;
  /** The primary key; its text is `rowId`. */
  readonly idColumn: string;
  /** Holds the tenant whose key seals; null for values of the installation itself. */
  readonly tenantColumn: string | null;
}

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * The list of sealed columns, declared by the code that owns them when it is constructed. The vault seals for no other
 * column, so the boot check and rotation, which walk this list, can forget none.
 */
@Injectable()
export class SealedColumns {
  private readonly columns = new Map<string, SealedColumn>();

  /** @throws Error when a name is no plain SQL identifier, or the column was declared differently before. */
  declare(column: SealedColumn): void {
    for (const name of Object.values(column)) {
      if (name !== null && !IDENTIFIER.test(name))
        throw new Error(`A sealed column cannot be called ${JSON.stringify(name)}.`);
    }
    const known = this.find(column.table, column.column);
    if (known !== undefined && JSON.stringify(fieldsOf(known)) !== JSON.stringify(fieldsOf(column))) {
      throw new Error(`The sealed column ${column.table}.${column.column} is declared twice and differently.`);
    }
    this.columns.set(`${column.table}.${column.column}`, column);
  }

  /** In the order of their names. */
  all(): readonly SealedColumn[] {
    return [...this.columns.keys()].toSorted().flatMap((key) => this.columns.get(key) ?? []);
  }

  /** @throws Error when nobody declared the cell's column, or its tenant does not fit the declaration: a bug, said early. */
  assertDeclared(cell: SealedCell): void {
    const column = this.find(cell.table, cell.column);
    if (column === undefined) throw new Error(`The sealed column ${cell.table}.${cell.column} was not declared.`);
    if ((column.tenantColumn === null) !== (cell.tenantId === null)) {
      throw new Error(
        `The sealed column ${cell.table}.${cell.column} belongs to ${column.tenantColumn === null ? 'no tenant' : 'a tenant'}.`,
      );
    }
  }

  private find(table: string, column: string): SealedColumn | undefined {
    return this.columns.get(`${table}.${column}`);
  }
}

const fieldsOf = (column: SealedColumn): readonly (string | null)[] => [
  column.idColumn,
  column.versionColumn,
  column.tenantColumn,
];

export const nameOf = (column: SealedColumn): string => `${column.table}.${column.column}`;
