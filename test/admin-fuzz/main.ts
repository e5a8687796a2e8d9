import { parseArgs } from 'node:util';
import { startFuzzWorld } from './fuzz-world.ts';
import { runFuzz } from './run-fuzz.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const untilMs = Date.now() + Number(values.minutes) * 60_000;
const world = await startFuzzWorld();
try {
  const found = await runFuzz({ ...world, seed: Number(values.seed), goesOn: () => Date.now() < untilMs });
  const isWell = await world.isWell();
  process.stdout.write(`${JSON.stringify({ ...found, isWell }, null, 2)}\n`);
  process.exitCode = found.failures.length === 0 && isWell ? 0 : 1;
} finally {
  await world.close();
}
