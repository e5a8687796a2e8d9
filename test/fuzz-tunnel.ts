import { parseArgs } from 'node:util';
import { fuzzMultiplexer } from './tunnel/fuzz/fuzz-multiplexer.ts';
import { fuzzRelay } from './tunnel/fuzz/fuzz-relay.ts';
import { seededRandom } from './tunnel/fuzz/seeded-random.ts';

/**
 * Mutates valid tunnel conversations, against the pure state machine and against a running relay, and fails on the
 * first crash, hang, growth of memory or harm to another tunnel:
 * `node test/fuzz-tunnel.ts --seconds 600 [--seed 1]`. The seed that is printed repeats a run's choices.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
});
const random = seededRandom(Number(values.seed));
const halfMs = Number(values.seconds) * 500;
process.stdout.write(`seed ${values.seed}\n`);

const pure = fuzzMultiplexer(random, halfMs);
process.stdout.write(`state machine: ${pure.conversations} conversations, ${pure.refused} refused, no finding\n`);
const live = await fuzzRelay(random, halfMs);
process.stdout.write(
  `relay: ${live.conversations} conversations, closed with ${JSON.stringify(live.closeCodes)}, ` +
    `memory ${live.memoryMiB.before} → ${live.memoryMiB.after} MiB, no finding\n`,
);
for (const sample of live.samples) {
  process.stdout.write(`  after ${sample.conversations} conversations: ${sample.memoryMiB} MiB\n`);
}
