import type { AttackReport, Finding } from './run-attack.ts';

/** The run in words: a row for each kind of case, the two processes, and each finding with what repeats it. */
export function reportTable(report: AttackReport): string {
  const { seed, cases, seconds, canary, findings } = report;
  const rows = Object.entries(report.kinds).map(([name, { tried, answers, delivered, findings: count }]) => [
    name,
    ...[tried, delivered, ...Object.values(answers), count].map(String),
  ]);
  const processes = report.processes.map(({ watched: { name, start, peakMiB, peakDescriptors }, end }) => [
    name,
    [start.residentMiB, peakMiB, end?.residentMiB ?? 0].join(' / '),
    [start.descriptors, peakDescriptors, end?.descriptors ?? 0].join(' / '),
    ((end?.cpuSeconds ?? 0) - start.cpuSeconds).toFixed(0),
  ]);
  return [
    `seed ${seed}: ${cases} cases in ${seconds.toFixed(0)} s (${(cases / seconds).toFixed(1)} a second), ${findings.length} findings`,
    `an ordinary GET beside it: ${canary.calls} times, ${canary.p50Ms} ms (median), ${canary.p99Ms} ms (99 %), ${canary.slowestMs} ms at most`,
    '',
    ...table(['kind of case', 'tried', 'delivered', 'passed on', 'relay’s own', 'cut', 'no answer', 'findings'], rows),
    '',
    ...table(['process', 'MiB start / peak / end', 'descriptors start / peak / end', 'seconds of CPU'], processes),
    ...findings.flatMap((finding) => ['', ...findingLines(seed, finding)]),
  ].join('\n');
}

function findingLines(
  seed: number,
  { case: number, kind, what, fromCaller, fromUpstream, answers }: Finding,
): string[] {
  return [
    number === null
      ? `FINDING (${kind})`
      : `FINDING in case ${number} (${kind}); again: npm run attack -- --seed ${seed} --case ${number}`,
    ...what.slice(0, 8).map((line) => `  ${line}`),
    ...answers.map((line) => `  answer:   ${line}`),
    ...(fromCaller === '""' ? [] : [`  caller:   ${fromCaller}`]),
    ...(fromUpstream === '""' ? [] : [`  upstream: ${fromUpstream}`]),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}
