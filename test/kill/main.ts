// npm run kill-tests [-- --kills N]. Ctrl+C ends it with what has been found by then.
import { parseArgs } from 'node:util';
import { runKills } from './run-kills.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '300' } } });
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) {
  process.stderr.write('Usage: npm run kill-tests [-- --kills N]\n');
  process.exit(2);
}
const enough = new AbortController();
process.once('SIGINT', () => enough.abort());
const kept = await runKills(kills, (line) => void process.stderr.write(`${line}\n`), enough.signal);
for (const { what, count, wrong } of kept) {
  process.stdout.write(`${wrong.length === 0 ? 'ok    ' : 'WRONG '} ${String(count).padStart(8)}  ${what}\n`);
  for (const one of wrong.slice(0, 10)) process.stdout.write(`                  ${one}\n`);
}
process.exit(kept.every(({ wrong }) => wrong.length === 0) ? 0 : 1);
