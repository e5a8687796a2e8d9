import {
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import { setFilters, usePlace } from '../route/place.ts';
import { type CellValue, compareCells, type DataColumn, fittingColumns } from './column.ts';
import { nextSort, readSort } from './table-text.ts';

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

export interface TableView<Row extends object> {
  /** In the order of the table. */
  readonly rows: readonly Row[];
  readonly columns: readonly DataColumn<Row>[];
  readonly sort: string;
  readonly sortBy: (id: string) => void;
  readonly isShown: (id: string) => boolean;
  readonly show: (id: string, isShown: boolean) => void;
  /** True when the person chose the columns: then the table scrolls sideways rather than leave one out. */
  readonly isChosen: boolean;
}

/** Rows in the order, and the columns, that the address asks for; what doesn’t fit the width goes by its rank. */
export function useTableView<Row extends object>(
  prefix: string,
  allColumns: readonly DataColumn<Row>[],
  rows: readonly Row[],
  widthPx: number,
): TableView<Row> {
  const { search } = usePlace();
  const sort = search.get(`${prefix}sort`) ?? '';
  const chosen = search.get(`${prefix}columns`);
  const columns = useMemo(() => {
    if (chosen !== null) {
      const ids = new Set(chosen.split(','));
      const wanted = allColumns.filter(({ id, rank }) => ids.has(id) || rank === 0);
      if (wanted.length > 0) return wanted;
    }
    return fittingColumns(
      allColumns.filter(({ isExtra = false }) => !isExtra),
      widthPx,
    );
  }, [allColumns, chosen, widthPx]);
  const visible = useMemo(() => new Set(columns.map(({ id }) => id)), [columns]);

  const table = useTable({
    features,
    data: rows as Row[],
    columns: useMemo(
      () =>
        allColumns.map((column) => ({
          id: column.id,
          // What is nothing goes last, whichever way the column is sorted.
          accessorFn: (row: Row) => column.value(row) ?? undefined,
          sortUndefined: 'last' as const,
          sortFn: (
            one: { getValue: (id: string) => unknown },
            other: { getValue: (id: string) => unknown },
            id: string,
          ) => compareCells(one.getValue(id) as CellValue, other.getValue(id) as CellValue),
        })),
      [allColumns],
    ),
    state: {
      sorting: useMemo(() => readSort(sort, allColumns), [sort, allColumns]),
      columnVisibility: useMemo(
        () => Object.fromEntries(allColumns.map(({ id }) => [id, visible.has(id)])),
        [allColumns, visible],
      ),
    },
  });
  const sorted = table.getRowModel().rows;

  return {
    rows: useMemo(() => sorted.map(({ original }) => original), [sorted]),
    columns,
    sort,
    sortBy: (id) => setFilters({ [`${prefix}sort`]: nextSort(sort, id) }),
    isShown: (id) => visible.has(id),
    show: (id, isShown) => {
      const next = allColumns.filter((column) => (column.id === id ? isShown : visible.has(column.id)));
      setFilters({ [`${prefix}columns`]: next.map((column) => column.id).join(',') });
    },
    isChosen: chosen !== null,
  };
}
