import { textCell } from '../../ui/model/csv-cell.ts';
import { cellText, type DataColumn } from './column.ts';

/** Rows as CSV (RFC 4180) with a header line: the columns and the order that are shown. Spreadsheets find no formulas. */
export function tableCsv<Row extends object>(columns: readonly DataColumn<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `${cells.map(textCell).join(',')}\r\n`;
  return (
    line(columns.map(({ title }) => title)) +
    rows.map((row) => line(columns.map((column) => cellText(column, row)))).join('')
  );
}

/** One row for the clipboard: cells apart by tabs, as spreadsheets take them. */
export function rowText<Row extends object>(columns: readonly DataColumn<Row>[], row: Row): string {
  return columns.map((column) => cellText(column, row).replaceAll(/[\t\r\n]+/g, ' ')).join('\t');
}

/** How the address writes a sort: `name`, or `-name` for the largest first. */
export function readSort(text: string, columns: readonly { readonly id: string }[]): { id: string; desc: boolean }[] {
  const desc = text.startsWith('-');
  const id = desc ? text.slice(1) : text;
  return columns.some((column) => column.id === id) ? [{ id, desc }] : [];
}

/** The next sort when a column’s head is pressed: rising, falling, as it came. */
export function nextSort(text: string, id: string): string {
  if (text === id) return `-${id}`;
  return text === `-${id}` ? '' : id;
}

/** Saves a text as a file of this computer. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
