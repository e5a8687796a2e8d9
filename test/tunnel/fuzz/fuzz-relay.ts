import { readFileSync } from 'node:fs';
import { frameType } from '../../../shared/tunnel/protocol.ts';
import { frame, openTunnel, type RawTunnel, welcomedTunnel } from '../support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../support/tunnel-world.ts';
import { validConversation } from './conversation.ts';
import { mutate } from './mutate.ts';
import { pick, type Random } from './seeded-random.ts';

const allowedCodes = new Set([1000, 1005, 4400, 4401, 4403, 4408, 4429]);
const together = 4;
const maxGrowthMiB = 200;
const bystanderWaitMs = 60_000;

export interface RelayFuzz {
  readonly conversations: number;
  readonly closeCodes: Readonly<Record<number, number>>;
  readonly memoryMiB: { readonly before: number; readonly after: number };
  /** The relay’s memory over the run: a leak shows as a line that rises to the end. */
  readonly samples: readonly { readonly conversations: number; readonly memoryMiB: number }[];
}

function memoryMiB(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

async function converse(world: TunnelWorld, token: string, random: Random): Promise<number> {
  const tunnel = await openTunnel(world, 'fuzz', { token });
  for (const message of mutate(random, validConversation(random))) tunnel.socket.send(message);
  // A close that the relay begins comes first; a WebSocket that it finds fine is closed in the orderly way.
  tunnel.socket.close(pick(random, 2) === 0 ? 1000 : 3000);
  return tunnel.closed;
}

async function requireUnharmed(bystander: RawTunnel, streamId: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Another tunnel’s request was not answered in time.')), bystanderWaitMs);
  });
  const status = await Promise.race([bystander.request(streamId), late]).finally(() => clearTimeout(timer));
  if (status !== 200) throw new Error(`Another tunnel’s request got ${status}.`);
  // As a real client does; else its streams and what the relay keeps for it would grow with the run.
  bystander.send(frame(frameType.end, streamId));
  bystander.acknowledge();
}

/** Converses with a running relay until the time is over, beside a tunnel that must not notice. */
export async function fuzzRelay(random: Random, durationMs: number): Promise<RelayFuzz> {
  const world = await startTunnelWorld({
    limits: {
      max_tunnels_per_user: 100_000,
      max_tunnels: 100_000,
      resume_grace_seconds: 1,
      max_handshakes_per_second: 100_000,
      // The other tunnel answers no pings.
      ping_seconds: 300,
    },
  });
  try {
    const token = await world.issuer.token('fuzz', 86_400);
    const bystander = await welcomedTunnel(world, 'bystander');
    const closeCodes: Record<number, number> = {};
    const endAtMs = Date.now() + durationMs;
    let conversations = 0;
    let before = 0;
    const samples: { conversations: number; memoryMiB: number }[] = [];
    const sampleEveryMs = Math.max(1000, durationMs / 10);
    let nextSampleMs = Date.now() + sampleEveryMs;
    for (let round = 1; Date.now() < endAtMs; round += 1) {
      const codes = await Promise.all(Array.from({ length: together }, () => converse(world, token, random)));
      for (const code of codes) {
        closeCodes[code] = (closeCodes[code] ?? 0) + 1;
        if (!allowedCodes.has(code) && code !== 3000) throw new Error(`A tunnel closed with ${code}.`);
      }
      conversations += together;
      if (round % 10 === 0) await requireUnharmed(bystander, round);
      if (round === 50) before = memoryMiB(world.relay.pid);
      if (Date.now() >= nextSampleMs) {
        samples.push({ conversations, memoryMiB: memoryMiB(world.relay.pid) });
        nextSampleMs += sampleEveryMs;
      }
      world.echo.clear();
    }
    const failed = world.relay.log.find(({ level = 0 }) => level >= 50);
    if (failed !== undefined) throw new Error(`The relay logged a failure: ${JSON.stringify(failed)}`);
    const after = memoryMiB(world.relay.pid);
    if (before > 0 && after - before > maxGrowthMiB) throw new Error(`The relay grew from ${before} to ${after} MiB.`);
    await bystander.close();
    return { conversations, closeCodes, memoryMiB: { before, after }, samples };
  } catch (error) {
    const words = world.relay.log.slice(-5).map((line) => JSON.stringify(line));
    throw new Error(`${String(error)} The relay’s last words:\n${words.join('\n')}`, { cause: error });
  } finally {
    await world.close();
  }
}
