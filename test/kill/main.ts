// npm run kill-tests [-- --kills N] [--storage sqlite|shipped|database] [--target relay|audit|postgres]. Ctrl+C ends it with what has been found by then.
import { parseArgs } from 'node:util';
import { runKills } from './run-kills.ts';
import { runStorageKills, storageTargets } from './run-storage-kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    storage: { type: 'string', default: 'sqlite' },
    target: { type: 'string', default: 'relay' },
  },
});
const kills = Number(values.kills);
const mode = (['shipped', 'database'] as const).find((one) => one === values.storage);
const target = storageTargets.find((one) => one === values.target);
const isKnown = mode !== undefined || (values.storage === 'sqlite' && target === 'relay');
if (!Number.isInteger(kills) || kills < 1 || target === undefined || !isKnown) {
  process.stderr.write(
    'Usage: npm run kill-tests [-- --kills N] [--storage sqlite|shipped|database] [--target relay|audit|postgres]\n',
  );
  process.exit(2);
}
const enough = new AbortController();
process.once('SIGINT', () => enough.abort());
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const kept =
  mode === undefined
    ? await runKills(kills, say, enough.signal)
    : await runStorageKills({ mode, target, kills }, say, enough.signal);
for (const { what, count, wrong } of kept) {
  process.stdout.write(`${wrong.length === 0 ? 'ok    ' : 'WRONG '} ${String(count).padStart(8)}  ${what}\n`);
  for (const one of wrong.slice(0, 10)) process.stdout.write(`                  ${one}\n`);
}
process.exit(kept.every(({ wrong }) => wrong.length === 0) ? 0 : 1);
