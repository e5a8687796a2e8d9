import { parseArgs } from 'node:util';
import { runAttack } from './run-attack.ts';
import { notTried } from './upstream-lies.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const report = await runAttack({ seed: Number(options.seed), durationMs: Number(options.minutes) * 60_000 });
process.stdout.write(`${JSON.stringify({ ...report, notTried }, null, 2)}\n`);
process.exit(report.finding === null ? 0 : 1);
