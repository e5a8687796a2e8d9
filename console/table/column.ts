import type { ReactNode } from 'react';

/** What a cell says as text: sorted by, copied and exported. Null is “nothing”. */
export type CellValue = string | number | null;

/** One column of a table, and how its cells are shown. */
export interface DataColumn<Row extends object> {
  readonly id: string;
  readonly title: string;
  readonly value: (row: Row) => CellValue;
  /** What the cell shows; its value as text when left out. */
  readonly show?: (row: Row) => ReactNode;
  /** What is copied and exported, where that isn’t the value, such as a time in ISO 8601. */
  readonly text?: (row: Row) => string;
  readonly minPx: number;
  /** Share of the room that is left; 1 when left out, 0 for none. */
  readonly grow?: number;
  readonly align?: 'end';
  /** Where there is little room, the highest goes first; 0 always stays. */
  readonly rank: number;
  /** Shown only when the person asks for it. */
  readonly isExtra?: boolean;
}

/** Made once: a comparison that makes its own takes ten times as long. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Orders cells: numbers by size, texts as people sort them, nothing last. Pure. */
export function compareCells(one: CellValue, other: CellValue): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return collator.compare(String(one), String(other));
}

/** Text of a cell, for the clipboard and for CSV. */
export function cellText<Row extends object>({ text, value }: DataColumn<Row>, row: Row): string {
  return text === undefined ? String(value(row) ?? '') : text(row);
}

const gapPx = 16;

/** The columns that fit into a width, in their order: those of the highest rank go first. Pure. */
export function fittingColumns<Row extends object>(
  columns: readonly DataColumn<Row>[],
  widthPx: number,
  paddingPx = 24,
): readonly DataColumn<Row>[] {
  let fitting = columns;
  while (neededPx(fitting) + paddingPx > widthPx) {
    const leaving = fitting.reduce<DataColumn<Row> | null>(
      (worst, column) => (column.rank > (worst?.rank ?? 0) ? column : worst),
      null,
    );
    if (leaving === null) return fitting;
    fitting = fitting.filter((column) => column !== leaving);
  }
  return fitting;
}

/** Width below which columns would be cut. */
export function neededPx(columns: readonly Pick<DataColumn<never>, 'minPx'>[]): number {
  return columns.reduce((sum, { minPx }) => sum + minPx + gapPx, 0) - gapPx;
}

/** Tracks of the grid that head and rows share. */
export function tracksOf(columns: readonly Pick<DataColumn<never>, 'minPx' | 'grow'>[]): string {
  return columns.map(({ minPx, grow = 1 }) => (grow === 0 ? `${minPx}px` : `minmax(${minPx}px,${grow}fr)`)).join(' ');
}
