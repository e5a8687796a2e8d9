import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tryMutations } from './try-mutations.ts';

/**
 * Changes one line at a time in a copy of the project, and prints the changes that no test notices:
 * `npm run mutate -- FOLDER… [--minutes 10] [--limit N] [--seed 1] [--tests 8] [--seconds 10]`. FOLDER may be a file. A
 * change gets the nearest `tests` that reach it, and no further ones once they take `seconds` together.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    limit: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
  },
});
if (positionals.length === 0) {
  process.stderr.write(
    'Usage: npm run mutate -- FOLDER... [--minutes N] [--limit N] [--seed S] [--tests N] [--seconds N]\n',
  );
  process.exit(2);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
const { killed, ended, survived, notCovered, notTried } = await tryMutations({
  root: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
  targets: positionals,
  seed: Number(values.seed),
  limit: Number(values.limit),
  endsAtMs: performance.now() + Number(values.minutes) * 60_000,
  tests: Number(values.tests),
  testsMs: Number(values.seconds) * 1000,
  graceMs: 5000,
  signal: stop.signal,
  leaveOut: (test) => void process.stderr.write(`not used, because it fails or is slow without a change: ${test}\n`),
  say({ file, line, before, after }, outcome) {
    if (outcome === 'killed' || outcome === 'ended') return;
    process.stdout.write(`${file}:${line}  ${before} → ${after}${outcome === 'survived' ? '' : `  (${outcome})`}\n`);
  },
});
process.stdout.write(`${killed} killed (${ended} by time), ${survived} survived, ${notCovered} not covered\n`);
if (notTried > 0) process.stdout.write(`${notTried} not tried: more --minutes, a higher --limit or another --seed\n`);
