import type { Figure } from './figure.ts';

interface Column {
  readonly title: string;
  readonly cell: (figure: Figure, all: readonly Figure[]) => string;
}

function number(value: number | undefined, digits = 0): string {
  if (value === undefined) return '';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** How much of another system's throughput this one reaches in the same case. */
function ratio(figure: Figure, all: readonly Figure[], other: string): string {
  const peer = all.find((one) => one.case === figure.case && one.system === other && one.bench === figure.bench);
  const own = figure.requestsPerSecond ?? figure.connectionsPerSecond ?? figure.bytesPerSecond;
  const theirs = peer?.requestsPerSecond ?? peer?.connectionsPerSecond ?? peer?.bytesPerSecond;
  return own === undefined || theirs === undefined || peer === figure ? '' : `${(own / theirs).toFixed(2)}×`;
}

const columns: readonly Column[] = [
  { title: 'case', cell: (figure) => figure.case },
  { title: 'system', cell: (figure) => figure.system },
  { title: 'requests/s', cell: (figure) => number(figure.requestsPerSecond) },
  { title: 'connections/s', cell: (figure) => number(figure.connectionsPerSecond) },
  { title: 'validations/s', cell: (figure) => number(figure.validationsPerSecond) },
  { title: 'decisions/s', cell: (figure) => number(figure.decisionsPerSecond) },
  { title: 'records/s', cell: (figure) => number(figure.recordsPerSecond) },
  {
    title: 'MB/s',
    cell: (figure) =>
      number(
        figure.bytesPerSecond === undefined ? undefined : figure.bytesPerSecond / 1e6,
        figure.bench === 'app' ? 3 : 0,
      ),
  },
  { title: 'bytes each', cell: (figure) => number(figure.bytesEach, 1) },
  { title: 'p50 ms', cell: (figure) => number(figure.p50Ms, 2) },
  { title: 'p99 ms', cell: (figure) => number(figure.p99Ms, 2) },
  { title: 'CPU ms/request', cell: (figure) => number(figure.cpuMsPerRequest, 3) },
  { title: 'relay CPU ms', cell: (figure) => number(figure.relayCpuMsPerRequest, 3) },
  { title: 'primary CPU ms', cell: (figure) => number(figure.primaryCpuMsPerRequest, 3) },
  { title: 'busiest CPU ms', cell: (figure) => number(figure.busiestCpuMsPerRequest, 3) },
  { title: 'busiest thread ms', cell: (figure) => number(figure.busiestThreadMsPerRequest, 3) },
  { title: 'on 4 processors', cell: (figure) => number(figure.derivedRequestsPerSecond) },
  { title: 'server MB', cell: (figure) => number(figure.rssMb) },
  { title: 'gzip bytes', cell: (figure) => number(figure.gzipBytes) },
  { title: 'first paint ms', cell: (figure) => number(figure.firstPaintMs) },
  { title: 'worst task ms', cell: (figure) => number(figure.worstTaskMs, 1) },
  { title: 'CPU ms', cell: (figure) => number(figure.cpuMs, 1) },
  { title: 'mutations', cell: (figure) => number(figure.mutations) },
  { title: 'timers', cell: (figure) => number(figure.timers) },
  { title: 'reads', cell: (figure) => number(figure.readCalls, 2) },
  { title: 'writes', cell: (figure) => number(figure.writeCalls, 2) },
  { title: 'asleep', cell: (figure) => number(figure.sleeps, 2) },
  { title: 'calls but waits', cell: (figure) => number(figure.workCalls, 1) },
  { title: 'calls of the loop', cell: (figure) => number(figure.loopCalls, 1) },
  { title: 'system calls', cell: (figure) => number(figure.systemCalls, 1) },
  { title: 'allocated bytes', cell: (figure) => number(figure.allocatedBytes) },
  { title: 'objects', cell: (figure) => number(figure.objects) },
  { title: 'instructions', cell: (figure) => number(figure.instructions) },
  { title: 'in collections', cell: (figure) => number(figure.gcShare, 3) },
  { title: 'ASAR bytes', cell: (figure) => number(figure.asarBytes) },
  { title: 'installer bytes', cell: (figure) => number(figure.installerBytes) },
  { title: 'build s', cell: (figure) => number(figure.buildSeconds, 1) },
  { title: 'to baseline', cell: (figure) => number(figure.toBaseline, 3) },
  { title: 'CPU to baseline', cell: (figure) => number(figure.cpuToBaseline, 3) },
  { title: 'busiest to baseline', cell: (figure) => number(figure.busiestToBaseline, 2) },
  { title: 'p50 more ms', cell: (figure) => number(figure.p50MoreMs, 2) },
  { title: 'to direct', cell: (figure, all) => ratio(figure, all, 'direct') },
  { title: 'to ssh', cell: (figure, all) => ratio(figure, all, 'ssh') },
  { title: 'to chisel', cell: (figure, all) => ratio(figure, all, 'chisel') },
  { title: 'to ssh-apache', cell: (figure, all) => ratio(figure, all, 'ssh-apache') },
];

/** Lays the figures out as a text table of the columns that any of them has, a blank line between cases. */
export function table(figures: readonly Figure[]): string {
  const shown = columns.filter(({ cell }) => figures.some((figure) => cell(figure, figures) !== ''));
  const rows = figures.map((figure) => shown.map((column) => column.cell(figure, figures)));
  const widths = shown.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  const lines = [line(shown.map((column) => column.title))];
  for (const [index, row] of rows.entries()) {
    if (index > 0 && row[0] !== rows[index - 1]?.[0]) lines.push('');
    lines.push(line(row));
  }
  return lines.join('\n');
}
