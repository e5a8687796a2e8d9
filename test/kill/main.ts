// npm run kill-tests [-- --kills N] [--storage sqlite|shipped|database|state] [--target relay|audit|postgres|erasure]. Ctrl+C ends it with what has been found by then.
import { parseArgs } from 'node:util';
import { withBundledRelay } from './bundled-relay.ts';
import type { Kept } from './check-kept.ts';
import { runErasureKills } from './run-erasure-kills.ts';
import { runKills } from './run-kills.ts';
import { runStateKills } from './run-state-kills.ts';
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
const isState = values.storage === 'state';
const isErasure = values.target === 'erasure';
const isKnown = isErasure
  ? values.storage === 'sqlite'
  : target !== undefined && (mode !== undefined || isState || (values.storage === 'sqlite' && target === 'relay'));
if (!Number.isInteger(kills) || kills < 1 || !isKnown) {
  process.stderr.write(
    'Usage: npm run kill-tests [-- --kills N] [--storage sqlite|shipped|database|state] [--target relay|audit|postgres|erasure]\n',
  );
  process.exit(2);
}
const enough = new AbortController();
process.once('SIGINT', () => enough.abort());
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const run = (): Promise<readonly Kept[]> => {
  // Locks, grants and revocations alone: what is killed is PostgreSQL.
  if (isState) return runStateKills(kills, enough.signal);
  // The relay, while it erases people.
  if (isErasure) return runErasureKills(kills, say, enough.signal);
  if (mode === undefined || target === undefined) return runKills(kills, say, enough.signal);
  return withBundledRelay((mainPath) => runStorageKills({ mode, target, kills, mainPath }, say, enough.signal));
};
const kept = await run();
for (const { what, count, wrong } of kept) {
  process.stdout.write(`${wrong.length === 0 ? 'ok    ' : 'WRONG '} ${String(count).padStart(8)}  ${what}\n`);
  for (const one of wrong.slice(0, 10)) process.stdout.write(`                  ${one}\n`);
}
process.exit(kept.every(({ wrong }) => wrong.length === 0) ? 0 : 1);
