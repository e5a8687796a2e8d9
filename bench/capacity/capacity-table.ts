import { type Capacity, node } from './model.ts';

const two = (value: number): string => Number(value.toPrecision(2)).toLocaleString('en', { maximumFractionDigits: 3 });

/** Bytes in the largest unit that leaves a number before the point. */
export function sizeOf(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${two(bytes / 1000 ** step)} ${units[step]}`;
}

/** The rows of the model, as the docs have them. */
export function capacityRows(capacity: Capacity): Readonly<Record<string, string>> {
  return {
    people: capacity.people.toLocaleString('en'),
    'tunnels open': capacity.tunnels.toLocaleString('en'),
    'requests/s at the peak': two(capacity.peakRequestsPerSecond),
    'processors at the peak': two(capacity.peakCpu),
    'in the morning': two(capacity.morningCpu),
    'nodes, one to spare': String(capacity.nodes),
    'memory of a node': sizeOf(capacity.memoryBytesPerNode),
    'network at the peak': `${two(capacity.peakBitsPerSecond / 1e6)} Mbit/s`,
    [`audit of ${node.keepDays} days, all relays`]: sizeOf(capacity.diskBytes),
    PostgreSQL: sizeOf(capacity.sharedBytes),
    'records/s into it': two(capacity.sharedRecordsPerSecond),
  };
}

/** A Markdown table of rows with the same names. */
export function markdownTable(rows: readonly Readonly<Record<string, string>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(names),
    line(names.map(() => '---')),
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
  ].join('\n');
}
