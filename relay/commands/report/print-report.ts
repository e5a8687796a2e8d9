import { shownText } from '../../../shared/shown-text.ts';
import type { Report } from '../../reports/run-report.ts';
import type { Cell, ReportRow } from '../../reports/report.ts';

const nothing: Readonly<Record<Report['report'], string>> = {
  usage: 'No request was counted in either period.',
  people: 'No request was counted in either period.',
  groups: 'No request was counted in either period.',
  denials: 'No request was denied in this period.',
  anomalies: 'Nothing out of the ordinary was found in this period.',
  unused: 'All that the config names was used in this period.',
};

/** A report as a table for people, at most `limit` rows long; it says so when rows are left out. */
export function printReport(report: Report, limit: number): string {
  const { rows, since, until, before, relays, missed } = report;
  const lines = [
    `${report.report}, ${since} to ${until}${before === null ? '' : `; before: ${before.since} to ${before.until}`}`,
  ];
  if (relays > 1) lines.push(`Of ${relays} relays.`);
  if (missed > 0) lines.push(`${missed} records had gone from the audit before they were counted.`);
  lines.push('', ...(rows.length === 0 ? [nothing[report.report]] : table(rows.slice(0, limit))));
  if (rows.length > limit) lines.push('', `${rows.length - limit} more rows; --limit ${rows.length} shows all.`);
  return `${lines.join('\n')}\n`;
}

function table(rows: readonly ReportRow[]): readonly string[] {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns.map(words), ...rows.map((row) => columns.map((column) => text(row[column] ?? null)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  const isNumber = columns.map((column) => rows.every((row) => typeof row[column] === 'number'));
  const line = (values: readonly string[]): string =>
    values
      .map((value, column) =>
        isNumber[column] === true ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return cells.map(line);
}

/** `requestsBefore` as people read it. */
function words(column: string): string {
  return column.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Names and paths are somebody else's text: nothing in them may steer the terminal. */
function text(cell: Cell): string {
  if (cell === null) return '-';
  return shownText(Array.isArray(cell) ? cell.join(', ') || '-' : String(cell));
}
