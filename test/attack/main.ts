import { parseArgs } from 'node:util';
import { reportTable } from './report-table.ts';
import { runAttack } from './run-attack.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    case: { type: 'string' },
    'at-once': { type: 'string', default: '96' },
  },
});
let saidAtMs = performance.now();
const report = await runAttack({
  seed: Number(options.seed),
  durationMs: Number(options.minutes) * 60_000,
  atOnce: Number(options['at-once']),
  ...(options.case === undefined ? {} : { onlyCase: Number(options.case) }),
  onProgress(cases, findings) {
    if (performance.now() - saidAtMs < 30_000) return;
    saidAtMs = performance.now();
    process.stderr.write(`${cases} cases, ${findings} findings\n`);
  },
  onFinding({ case: number, kind, what }) {
    process.stderr.write(`case ${number ?? '-'} (${kind}): ${what[0] ?? ''}\n`);
  },
});
process.stdout.write(`${reportTable(report)}\n`);
process.exit(report.findings.length === 0 ? 0 : 1);
