import { type Fault, startFaultyLink } from '../../support/faulty-link/start-faulty-link.ts';
import { makeFourCalls, type Outcome } from './four-calls.ts';
import { startLinkedClient } from './linked-client.ts';
import type { TunnelWorld } from './tunnel-world.ts';

/** What a conversation with cuts gave, and how often the upstream received its POST. */
export interface CutRun {
  readonly outcome: Outcome;
  readonly posts: number;
  readonly sockets: number;
  readonly connections: number;
  readonly passed: Readonly<Record<'up' | 'down', number>>;
}

let runs = 0;

/** One whole conversation of a fresh client, whose connections break as planned, one fault each. */
export async function runWithFaults(world: TunnelWorld, ...faults: readonly (Fault | null)[]): Promise<CutRun> {
  const name = `run-${(runs += 1)}`;
  const link = await startFaultyLink(world.relayPort);
  link.plan(...faults);
  const client = await startLinkedClient(world, { relayPort: link.port });
  try {
    const outcome = await makeFourCalls(client.url, name);
    const received = (path: string): number => world.echo.requests.filter(({ target }) => target === path).length;
    return {
      outcome,
      posts: received(`/post/${name}`),
      sockets: received(`/socket/${name}`),
      connections: link.connections,
      passed: { ...link.passed },
    };
  } finally {
    await client.close();
    await link.close();
    world.echo.clear();
  }
}
