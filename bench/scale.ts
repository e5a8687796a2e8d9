import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { makeDemoCertificates } from '../test/support/demo-certificates.ts';
import { freePort } from '../test/support/free-port.ts';
import { startIdp, type Idp } from '../test/support/idp/start-idp.ts';
import { type RelayProcess, startRelayProcess } from '../test/support/start-relay-process.ts';
import { type Bench, type BenchOptions, type Figure, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { readUsage, watchMemory } from './measure/process-usage.ts';
import { type BenchProcess, startScript } from './start-process.ts';

const handshakesPerSecond = 500;
const tunnelsPerProcess = 2500;

interface ScaleWorld {
  readonly relayUrl: string;
  readonly ca: string;
  readonly idp: Idp;
  readonly relay: RelayProcess;
  readonly restart: () => Promise<RelayProcess>;
  readonly close: () => Promise<void>;
}

async function startWorld(): Promise<ScaleWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-scale-'));
  mkdirSync(join(dir, 'data'), { mode: 0o700 });
  const certificates = await makeDemoCertificates(dir);
  const relayPort = await freePort();
  const relayUrl = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 3600 });
  const upstream = await startScript('upstream', {});
  // What it has to do for stalled readers must not count as the relay's.
  const bulk = await startScript('upstream', {});
  const configPath = join(dir, 'relay.yaml');
  const config = {
    relay: {
      name: 'Scale',
      url: relayUrl,
      listen: { host: '127.0.0.1', port: relayPort },
      tls: { cert: 'relay.pem', key: 'relay-key.pem' },
      drain_seconds: 0,
    },
    issuers: [{ name: 'Scale', issuer: idp.issuer, client_id: idp.clientId, audience: idp.audience }],
    apis: [
      {
        id: 'bench',
        name: 'Bench',
        upstream: `http://127.0.0.1:${String(upstream.ready['port'])}`,
        rules: [{ name: 'everybody', groups: ['*'] }],
      },
      {
        id: 'bulk',
        name: 'Bulk',
        upstream: `http://127.0.0.1:${String(bulk.ready['port'])}`,
        rules: [{ name: 'everybody', groups: ['*'] }],
      },
    ],
    limits: {
      max_tunnels: 20_000,
      max_tunnels_per_user: 20_000,
      max_unauthenticated_connections: 2000,
      max_handshakes_per_second: handshakesPerSecond,
      max_streams_per_tunnel: 2048,
    },
    log: { level: 'info' },
  };
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  let relay = await startRelayProcess({ configPath });
  return {
    relayUrl,
    ca: certificates.ca,
    idp,
    get relay() {
      return relay;
    },
    async restart() {
      relay = await startRelayProcess({ configPath });
      return relay;
    },
    async close() {
      await relay.stop();
      await upstream.close();
      await bulk.close();
      await idp.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function openCrowd(
  world: ScaleWorld,
  count: number,
  onLine?: (line: Record<string, unknown>) => void,
): Promise<BenchProcess[]> {
  const token = await world.idp.mintAccessToken({ user: 'alice', expiresInSeconds: 3600 });
  const processes: BenchProcess[] = [];
  for (let left = count; left > 0; left -= tunnelsPerProcess) {
    processes.push(
      await startScript(
        'tunnel-crowd',
        { relayUrl: world.relayUrl, ca: world.ca, token, count: Math.min(left, tunnelsPerProcess), atOnce: 20 },
        onLine,
      ),
    );
  }
  return processes;
}

async function closeAll(processes: readonly BenchProcess[]): Promise<void> {
  await Promise.all(processes.map((one) => one.close()));
}

/** Memory of the relay with many tunnels that do nothing. */
async function idleTunnels({ quick, say }: BenchOptions): Promise<Figure> {
  const count = quick ? 500 : 10_000;
  const world = await startWorld();
  try {
    const emptyBytes = readUsage([world.relay.pid])?.rssBytes ?? Number.NaN;
    const crowd = await openCrowd(world, count);
    const fullBytes = readUsage([world.relay.pid])?.rssBytes ?? Number.NaN;
    await closeAll(crowd);
    say(
      `  ${count} tunnels: ${Math.round(fullBytes / 1e6)} MB, ${Math.round((fullBytes - emptyBytes) / count / 1000)} kB each`,
    );
    return { bench: 'scale', case: `idle-tunnels-${count}`, system: 'causeway', rssMb: rounded(fullBytes / 1e6) };
  } finally {
    await world.close();
  }
}

/** All clients lose the relay at once: how many come back in each second. */
async function cutTogether({ quick, say }: BenchOptions): Promise<Figure> {
  const count = quick ? 300 : 5000;
  const world = await startWorld();
  const reopenedAtMs: number[] = [];
  const allBack = Promise.withResolvers<void>();
  try {
    const crowd = await openCrowd(world, count, (line) => {
      if (typeof line['reopenedAtMs'] !== 'number') return;
      reopenedAtMs.push(line['reopenedAtMs']);
      if (reopenedAtMs.length === count) allBack.resolve();
    });
    world.relay.signal('SIGKILL');
    await world.relay.stop();
    await world.restart();
    const startMs = Date.now();
    await Promise.race([
      allBack.promise,
      delay(180_000, undefined, { ref: false }).then(() => {
        throw new Error(`Only ${reopenedAtMs.length} of ${count} tunnels came back within 3 minutes`);
      }),
    ]);
    await closeAll(crowd);
    const seconds = new Map<number, number>();
    for (const at of reopenedAtMs) {
      const second = Math.floor((at - startMs) / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    const most = Math.max(...seconds.values());
    for (const [second, tunnels] of [...seconds].toSorted(([a], [b]) => a - b)) {
      say(
        `  ${String(second).padStart(4)} s ${String(tunnels).padStart(5)} ${'█'.repeat(Math.ceil((tunnels / most) * 50))}`,
      );
    }
    say(`  most in one second: ${most}, configured: ${handshakesPerSecond}`);
    return { bench: 'scale', case: `cut-together-${count}`, system: 'causeway', requestsPerSecond: most };
  } finally {
    await world.close();
  }
}

/** Readers that never read: what they cost in memory, and what others notice. */
async function stalledReaders({ quick, say }: BenchOptions): Promise<Figure[]> {
  const count = quick ? 100 : 1000;
  const seconds = quick ? 1 : 5;
  const world = await startWorld();
  const sockets: Socket[] = [];
  try {
    const client = await startScript('causeway-client', { relayUrl: world.relayUrl, ca: world.ca, bulk: true });
    const port = Number(client.ready['port']);
    const bulkPort = Number(client.ready['bulkPort']);
    const target = { port, headers: {} };
    await load(target, 8, 1);
    const undisturbed = await load(target, 8, seconds);
    const memory = watchMemory([world.relay.pid]);
    for (let index = 0; index < count; index += 1) {
      const socket = connect(bulkPort, '127.0.0.1');
      socket.pause();
      socket.on('error', () => undefined);
      socket.write('GET /bytes/100000000 HTTP/1.1\r\nHost: 127.0.0.1:' + String(bulkPort) + '\r\n\r\n');
      sockets.push(socket);
    }
    const filling = await load(target, 8, seconds);
    await quiet(world.relay.pid);
    const disturbed = await load(target, 8, seconds);
    const mostBytes = memory.stop() ?? Number.NaN;
    for (const socket of sockets) socket.destroy();
    await client.close();
    say(
      `  p99 ${undisturbed.p99Ms} ms undisturbed, ${filling.p99Ms} ms while ${count} readers that stall fill up, ` +
        `${disturbed.p99Ms} ms beside them`,
    );
    const name = `stalled-readers-${count}`;
    return [
      { bench: 'scale', case: `${name}-before`, system: 'causeway', ...figuresOf(undisturbed) },
      { bench: 'scale', case: `${name}-filling`, system: 'causeway', ...figuresOf(filling) },
      { bench: 'scale', case: name, system: 'causeway', ...figuresOf(disturbed), rssMb: rounded(mostBytes / 1e6) },
    ];
  } finally {
    for (const socket of sockets) socket.destroy();
    await world.close();
  }
}

/** Resolves once the process does next to nothing: every stalled reader has all that it can hold. */
async function quiet(pid: number): Promise<void> {
  for (let checks = 0, quietChecks = 0; checks < 240; checks += 1) {
    const before = readUsage([pid])?.cpuMs ?? 0;
    await delay(500);
    quietChecks = (readUsage([pid])?.cpuMs ?? 0) - before < 30 ? quietChecks + 1 : 0;
    if (quietChecks === 6) return;
  }
  throw new Error('The relay is still busy with readers that read nothing');
}

function figuresOf({ requestsPerSecond, p50Ms, p99Ms }: Awaited<ReturnType<typeof load>>): Partial<Figure> {
  return { requestsPerSecond: rounded(requestsPerSecond), p50Ms, p99Ms };
}

/** What many tunnels, a lost relay and stalled readers cost. */
export const scale: Bench = async (options) => [
  await idleTunnels(options),
  await cutTogether(options),
  ...(await stalledReaders(options)),
];
