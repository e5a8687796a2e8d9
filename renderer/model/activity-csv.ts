import { textCell } from '../../ui/model/csv-cell.ts';
import type { ActivityEntry } from '../../shared/activity.ts';

const columns = [
  'time',
  'request_id',
  'api',
  'method',
  'path',
  'decision',
  'rule',
  'reason',
  'unlocked_by',
  'status',
  'outcome',
  'duration_ms',
  'request_bytes',
  'response_bytes',
  'requests',
] as const;

/**
 * Entries as CSV (RFC 4180), with a header line, and for each API one of `not-listed` with the number of its requests
 * that have no line, so that the column `requests` adds up to all there were. Text that a spreadsheet would take for a
 * formula is made plain with a leading apostrophe. At `maxCharacters` the rest of the entries is counted, too.
 */
export function activityCsv(
  entries: readonly ActivityEntry[],
  notListed: Readonly<Record<string, number>> = {},
  maxCharacters = 4_900_000,
): string {
  let csv = `${columns.join(',')}\r\n`;
  const left: Record<string, number> = { ...notListed };
  let isFull = false;
  for (const entry of entries) {
    const line = `${cellsOf(entry).join(',')}\r\n`;
    isFull ||= csv.length + line.length > maxCharacters;
    if (!isFull) csv += line;
    else if (entry.connections === undefined) left[entry.api] = (left[entry.api] ?? 0) + 1;
  }
  for (const [api, count] of Object.entries(left)) csv += `${restOf(api, count).join(',')}\r\n`;
  return csv;
}

/** The line for the requests of an API that have none of their own. */
function restOf(api: string, count: number): string[] {
  const known: Partial<Record<(typeof columns)[number], string>> = {
    api: textCell(api),
    outcome: 'not-listed',
    requests: String(count),
  };
  return columns.map((column) => known[column] ?? '');
}

function cellsOf(entry: ActivityEntry): string[] {
  return [
    new Date(entry.timeMs).toISOString(),
    textCell(entry.requestId),
    textCell(entry.api),
    textCell(entry.method),
    textCell(entry.path),
    entry.decision,
    textCell(entry.rule ?? ''),
    textCell(entry.reason),
    textCell(entry.unlockedBy.join(' ')),
    String(entry.status ?? ''),
    entry.outcome,
    String(entry.durationMs ?? ''),
    String(entry.requestBytes),
    String(entry.responseBytes),
    entry.connections === undefined ? '1' : '0',
  ];
}
