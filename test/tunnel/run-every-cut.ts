import { parseArgs } from 'node:util';
import { runWithFaults } from './support/cut-runs.ts';
import { answerCalls, wholeOutcome } from './support/four-calls.ts';
import { startTunnelWorld } from './support/tunnel-world.ts';

/**
 * Cuts the conversation of a GET, a POST, an event stream and a WebSocket at every byte, both ways, and says where
 * anything was lost or came twice: `node test/tunnel/run-every-cut.ts [--step 1] [--type cut|end] [--only up|down]`. About 25 runs a
 * second.
 */
const { values } = parseArgs({
  options: {
    step: { type: 'string', default: '1' },
    type: { type: 'string', default: 'cut' },
    only: { type: 'string' },
  },
});
const step = Number(values.step);
const type = values.type === 'end' ? 'end' : 'cut';
const world = await startTunnelWorld({
  answer: answerCalls,
  limits: { max_handshakes_per_second: 10_000, max_tunnels_per_user: 100_000, max_tunnels: 1_000_000 },
});
const expected = JSON.stringify({ ...wholeOutcome, posts: 1, sockets: 1 });
let runs = 0;
let broken = 0;
try {
  for (const direction of ['up', 'down'] as const) {
    if (values.only !== undefined && values.only !== direction) continue;
    const total = (await runWithFaults(world)).passed[direction];
    for (let afterBytes = 0; afterBytes <= total; afterBytes += step) {
      const { outcome, posts, sockets } = await runWithFaults(world, { direction, afterBytes, type });
      const found = JSON.stringify({ ...outcome, posts, sockets });
      runs += 1;
      if (found === expected) continue;
      broken += 1;
      process.stdout.write(`${direction} ${afterBytes}: ${found}\n`);
    }
    process.stdout.write(`${direction}: ${total} bytes, ${runs} runs so far, ${broken} broken\n`);
  }
} finally {
  await world.close();
}
process.exitCode = broken === 0 ? 0 : 1;
