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
] as const;

/**
 * Entries as CSV (RFC 4180), with a header line. Text that a spreadsheet would take for a formula is made plain with
 * a leading apostrophe. Stops before `maxCharacters`, so the first entries given are the ones kept.
 */
export function activityCsv(entries: readonly ActivityEntry[], maxCharacters = 4_900_000): string {
  let csv = `${columns.join(',')}\r\n`;
  for (const entry of entries) {
    const line = `${cellsOf(entry).join(',')}\r\n`;
    if (csv.length + line.length > maxCharacters) break;
    csv += line;
  }
  return csv;
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
  ];
}
