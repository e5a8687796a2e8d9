// Many tunnel clients in one process, all with one token. Prints {"open": number} once all are open.
// Input: {relayUrl, ca, token, count, atOnce}. Each reopening is printed as {"reopenedAtMs": number}.
import { createTunnelClient } from '../../client/tunnel/create-tunnel-client.ts';
import type { TunnelClient } from '../../client/tunnel/tunnel-client.ts';

interface Input {
  readonly relayUrl: string;
  readonly ca: string;
  readonly token: string;
  readonly count: number;
  readonly atOnce: number;
}

const { relayUrl, ca, token, count, atOnce } = JSON.parse(process.argv[2] ?? '{}') as Input;
const authorities = [ca];
const clients: TunnelClient[] = [];
let announced = false;

async function openOne(index: number): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const client = createTunnelClient({
    relayUrl,
    ca: authorities,
    device: { name: `crowd ${index}`, system: process.platform, appVersion: '0.1.0' },
    tokens: {
      present: async () => ({ scheme: 'bearer', token, dpopProof: undefined, expiresAtMs: Date.now() + 3_600_000 }),
    },
    onState: (state) => {
      if (state.status !== 'open' || state.roundTripMs !== null) return;
      if (announced) console.log(JSON.stringify({ reopenedAtMs: Date.now() }));
      opened.resolve();
    },
    onCatalog: () => undefined,
    onActivity: () => undefined,
    onSignInNeeded: (problem) => opened.reject(new Error(problem.detail)),
  });
  clients.push(client);
  client.open();
  await opened.promise;
}

let next = 0;
async function worker(): Promise<void> {
  while (next < count) {
    next += 1;
    await openOne(next);
  }
}

await Promise.all(Array.from({ length: atOnce }, worker));
announced = true;
console.log(JSON.stringify({ open: clients.length }));
process.once('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 60_000);
