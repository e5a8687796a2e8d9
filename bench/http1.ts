import { type Bench, type Figure, median, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { readUsage } from './measure/process-usage.ts';
import { readCalls } from './measure/thread-calls.ts';
import type { ServerKind } from './processes/small-server.ts';
import type { ClientKind } from './processes/upstream-client.ts';
import { startScript } from './start-process.ts';

const clientKinds: readonly ClientKind[] = ['undici-dispatch', 'undici-request', 'node-http', 'net'];
const serverKinds: readonly ServerKind[] = ['node-server', 'parser-on-sockets'];
const connections = 32;

const keys = ['requestsPerSecond', 'cpuMsPerRequest', 'readCalls', 'writeCalls', 'allocatedBytes'] as const;
type Sample = Partial<Record<(typeof keys)[number], number>>;

/**
 * What HTTP/1.1 takes where there is nothing else: clients that a relay could have towards its APIs, each over the relay’s
 * way to connect and to read; Node’s server beside its parser alone; and the parser by itself, whose share of a request
 * is the most that a leaner one could save. Each in a process of its own, all in turns.
 */
export const http1: Bench = async ({ quick, rounds, say }) => {
  const requests = quick ? 4000 : 40_000;
  const samples = new Map<string, Sample[]>();
  const add = (name: string, sample: Sample): void => void samples.set(name, [...(samples.get(name) ?? []), sample]);
  const upstream = await startScript('upstream', {});
  try {
    for (let round = 1; round <= rounds; round += 1) {
      say(`Round ${round} of ${rounds}`);
      const inTurn = <Kind>(kinds: readonly Kind[]): readonly Kind[] => (round % 2 === 1 ? kinds : kinds.toReversed());
      for (const kind of inTurn(clientKinds))
        add(`client ${kind}`, await askWith(kind, Number(upstream.ready['port']), requests));
      for (const kind of inTurn(serverKinds)) add(`server ${kind}`, await serveWith(kind, quick ? 1 : 4));
      for (const [head, cpuMsPerRequest] of Object.entries(await parseHeads(quick ? 20_000 : 500_000)))
        add(`parser ${head}`, { cpuMsPerRequest });
    }
  } finally {
    await upstream.close();
  }
  return [...samples].map(([name, own]): Figure => {
    const [benchCase = '', system = ''] = name.split(' ');
    return { bench: 'http1', case: benchCase, system, ...middleOf(own) };
  });
};

async function askWith(kind: ClientKind, port: number, requests: number): Promise<Sample> {
  const input = { kind, port, connections, requests, warmUp: Math.ceil(requests / 4) };
  const client = await startScript('upstream-client', input);
  await client.close();
  const { cpuMs, seconds, allocatedBytes, reads, writes } = client.ready as Record<
    'cpuMs' | 'seconds' | 'allocatedBytes' | 'reads' | 'writes',
    number | null
  >;
  return {
    requestsPerSecond: requests / (seconds ?? Number.NaN),
    cpuMsPerRequest: (cpuMs ?? Number.NaN) / requests,
    readCalls: (reads ?? Number.NaN) / requests,
    writeCalls: (writes ?? Number.NaN) / requests,
    allocatedBytes: (allocatedBytes ?? Number.NaN) / requests,
  };
}

async function serveWith(kind: ServerKind, seconds: number): Promise<Sample> {
  const server = await startScript('small-server', { kind });
  try {
    const target = { port: Number(server.ready['port']), headers: {} };
    await load(target, connections, 1);
    const look = (): { cpuMs: number; reads: number; writes: number } => ({
      cpuMs: readUsage([server.pid])?.cpuMs ?? Number.NaN,
      ...(readCalls(server.pid, 'event-loop') ?? { reads: Number.NaN, writes: Number.NaN }),
    });
    const before = look();
    const { requests, requestsPerSecond } = await load(target, connections, seconds);
    const after = look();
    return {
      requestsPerSecond,
      cpuMsPerRequest: (after.cpuMs - before.cpuMs) / requests,
      readCalls: (after.reads - before.reads) / requests,
      writeCalls: (after.writes - before.writes) / requests,
    };
  } finally {
    await server.close();
  }
}

async function parseHeads(heads: number): Promise<Readonly<Record<string, number>>> {
  const parser = await startScript('parse-heads', { heads, warmUp: Math.ceil(heads / 10) });
  await parser.close();
  return parser.ready['cpuMs'] as Record<string, number>;
}

function middleOf(samples: readonly Sample[]): Sample {
  const middle: Sample = {};
  for (const key of keys) {
    const values = samples.map((one) => one[key]).filter((value) => value !== undefined && !Number.isNaN(value));
    if (values.length > 0) middle[key] = rounded(median(values as number[]));
  }
  return middle;
}
