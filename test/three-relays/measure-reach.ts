import { setTimeout as sleep } from 'node:timers/promises';
import { locksCommand, type LocksCommandOptions } from '../../relay/commands/locks.ts';
import { revokeCommand } from '../../relay/commands/revoke.ts';
import { redisSettings } from '../../relay/shared-state/redis-settings.ts';
import type { Lock } from '../../relay/sessions/lock.ts';
import { frameType } from '../../shared/tunnel/protocol.ts';
import { frame, type Frame, getRequest, host, type RawTunnel } from '../tunnel/support/raw-tunnel.ts';
import type { BalancedRelay, BalancedRelays } from './relays-behind-balancer.ts';

/** How long something took until it counted at each relay, milliseconds. */
export interface Reach {
  readonly what: string;
  readonly ms: readonly number[];
}

const lookEveryMs = 20;
const longestMs = 30_000;
let named = 0;

/** Locks on people and addresses, unlocks, sessions listed and ended, new devices told of, sign-ins revoked and grants given, each measured at every relay that runs. */
export async function measureReach(world: BalancedRelays, rounds: number): Promise<readonly Reach[]> {
  const running = world.relays.filter((relay) => relay.process !== null);
  const reaches = new Map<string, number[]>();
  const add = (what: string, ms: readonly number[]): void => {
    reaches.set(what, [...(reaches.get(what) ?? []), ...ms]);
  };
  // What a command loads for the first time isn't what is measured.
  await runLocks(world, { type: 'list', all: false });
  for (let round = 0; round < rounds; round += 1) {
    await measureLock(world, running, add);
    await measureAddressLock(world, running, add);
    await measureSessions(world, running, add);
    await measureNewDevice(world, running, add);
    await measureRevocation(world, running, add);
    await measureGrant(world, running, add);
  }
  return [...reaches].map(([what, ms]) => ({ what, ms }));
}

type Add = (what: string, ms: readonly number[]) => void;

/** A tunnel of one person at each relay. */
async function tunnelsOf(
  world: BalancedRelays,
  running: readonly BalancedRelay[],
  user: string,
): Promise<readonly Caller[]> {
  return Promise.all(
    running.map(async ({ port }) => {
      named += 1;
      const device = `device-${named}`;
      return new Caller(device, await world.tunnel(port, await world.token(user, `sid-${named}`), device));
    }),
  );
}

async function measureLock(world: BalancedRelays, running: readonly BalancedRelay[], add: Add): Promise<void> {
  const callers = await tunnelsOf(world, running, 'bob');
  const waitFor = (status: number): Promise<readonly number[]> =>
    timed(callers, (caller) => caller.untilStatus(getRequest('/'), status));
  await waitFor(200);
  const locked = waitFor(403);
  const output = await runLocks(world, { type: 'add', target: { person: 'bob' }, reason: 'Measured', untilMs: null });
  add('a lock cuts off', await locked);
  const unlocked = waitFor(200);
  await runLocks(world, { type: 'remove', id: (JSON.parse(output) as Lock).id, reason: 'Measured' });
  add('its removal lets in', await unlocked);
  for (const { tunnel } of callers) await tunnel.close();
}

/** Callers from an address that is new each time, at each relay: in a tunnel, and one who signs in anew. */
async function measureAddressLock(world: BalancedRelays, running: readonly BalancedRelay[], add: Add): Promise<void> {
  named += 1;
  const from = `198.51.${100 + Math.floor(named / 250)}.${1 + (named % 250)}`;
  const token = await world.token('bob', `sid-${named}`);
  const device = `guesser-${named}`;
  const callers = await Promise.all(
    running.map(async ({ port }) => new Caller(device, await world.tunnel(port, token, device, from))),
  );
  const cutOff = (status: number): Promise<readonly number[]> =>
    timed(callers, (caller) => caller.untilStatus(getRequest('/'), status));
  const asked = (status: number): Promise<readonly number[]> =>
    timed(running, ({ port }) =>
      until(async () => (await world.ask(port, token, '/v1/sessions', 'GET', undefined, from)).status === status),
    );
  await Promise.all([cutOff(200), asked(200)]);
  const locked = [cutOff(403), asked(403)] as const;
  const output = await runLocks(world, { type: 'add', target: { address: from }, reason: 'Measured', untilMs: null });
  add('a lock on an address cuts off', await locked[0]);
  add('it refuses sign-ins from there', await locked[1]);
  const unlocked = [cutOff(200), asked(200)] as const;
  await runLocks(world, { type: 'remove', id: (JSON.parse(output) as Lock).id, reason: 'Measured' });
  add('its removal lets tunnels in', await unlocked[0]);
  add('its removal lets sign-ins in', await unlocked[1]);
  for (const { tunnel } of callers) await tunnel.close();
}

async function measureSessions(world: BalancedRelays, running: readonly BalancedRelay[], add: Add): Promise<void> {
  named += 1;
  const asking = await world.token('alice', `sid-${named}`);
  const callers = await tunnelsOf(world, running, 'alice');
  const ids = new Map<string, string>();
  const listed = async ({ port }: BalancedRelay): Promise<boolean> => {
    const { body } = await world.ask(port, asking, '/v1/sessions');
    const sessions = (body['sessions'] ?? []) as readonly { id: string; device: { name: string } }[];
    for (const { id, device } of sessions) ids.set(device.name, id);
    const names = new Set(sessions.map(({ device }) => device.name));
    return callers.every(({ device }) => names.has(device));
  };
  add('sessions are listed', await timed(running, (relay) => until(() => listed(relay))));
  for (const { device, tunnel } of callers) {
    const ended = timed([tunnel], (each) => each.waitForControl('goaway'));
    // Whichever relay the balancer takes.
    const answer = await world.ask(world.port, asking, `/v1/sessions/${ids.get(device)}`, 'DELETE');
    if (answer.status !== 200) throw new Error(`A session can’t be ended: ${answer.status}.`);
    add('an end closes the tunnel', await ended);
  }
}

/** A person is at one relay and signs in on another device, at another relay where there is one. */
async function measureNewDevice(world: BalancedRelays, running: readonly BalancedRelay[], add: Add): Promise<void> {
  for (const [index, { port }] of running.entries()) {
    named += 1;
    const claims = { sub: `subject-${named}` };
    const tunnelAt = async (at: number, device: string): Promise<RawTunnel> => {
      const token = await world.idp.mintAccessToken({ user: 'bob', claims: { ...claims, sid: device } });
      return world.tunnel(at, token, device);
    };
    const first = await tunnelAt(port, `first-${named}`);
    const other = running[(index + 1) % running.length]?.port ?? port;
    const told = timed([first], (tunnel) => tunnel.waitFor(isNewsOfSessions));
    const second = await tunnelAt(other, `second-${named}`);
    add('a new device is told of elsewhere', await told);
    for (const tunnel of [first, second]) await tunnel.close();
  }
}

function isNewsOfSessions({ type, payload }: Frame): boolean {
  return type === frameType.control && payload.includes('"sessionsChanged":true');
}

async function measureRevocation(world: BalancedRelays, running: readonly BalancedRelay[], add: Add): Promise<void> {
  named += 1;
  // A person who is new each time: a token of the same second as the revocation wouldn't count.
  const subject = `subject-${named}`;
  const token = await world.idp.mintAccessToken({ user: 'bob', claims: { sub: subject } });
  const tunnels = await Promise.all(running.map(({ port }) => world.tunnel(port, token, `device-of-${subject}`)));
  const ended = timed(tunnels, (tunnel) => tunnel.waitForControl('goaway'));
  const { config, storage } = await world.config();
  const code = await revokeCommand({
    dataDir: config.relay.data,
    redis: redisSettings(config),
    storage,
    who: subject,
    issuer: world.idp.issuer,
    reason: 'Measured',
    write: () => undefined,
  });
  if (code !== 0) throw new Error(`The revocation ended with ${code}.`);
  add('a revocation closes tunnels', await ended);
}

async function measureGrant(world: BalancedRelays, running: readonly BalancedRelay[], add: Add): Promise<void> {
  const path = '/v1/access-requests';
  const [requester, approver] = [await world.token('alice', 'asks'), await world.token('bob', 'decides')];
  const callers = await tunnelsOf(world, running, 'alice');
  const asked = { api: 'echo', role: 'refunders', reason: 'Measured', hours: 1 };
  const made = await world.ask(world.port, requester, path, 'POST', asked);
  if (made.status !== 201) throw new Error(`Access can’t be asked for: ${made.status}.`);
  const granted = timed(callers, (caller) => caller.untilStatus(refund, 200));
  const decided = await world.ask(world.port, approver, `${path}/${String(made.body['id'])}/approve`, 'POST', {});
  if (decided.status !== 200) throw new Error(`Access can’t be granted: ${decided.status}.`);
  add('a grant lets in', await granted);
  const { accessCommand } = await import('../../relay/commands/access.ts');
  const { config, storage } = await world.config();
  const refused = timed(callers, (caller) => caller.untilStatus(refund, 403));
  const code = await accessCommand({
    dataDir: config.relay.data,
    storage,
    action: { type: 'revoke', id: String(made.body['id']), reason: 'Measured' },
    json: true,
    write: () => undefined,
  });
  if (code !== 0) throw new Error(`The grant’s end ended with ${code}.`);
  add('its end shuts out', await refused);
  for (const { tunnel } of callers) await tunnel.close();
}

const refund = Buffer.from(`POST /refunds HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);

/** Runs `relay locks` on the storage; its first line of output. */
export async function runLocks(world: BalancedRelays, action: LocksCommandOptions['action']): Promise<string> {
  const { config, storage } = await world.config();
  let output = '';
  const write = (text: string): void => void (output += text);
  const code = await locksCommand({ config, redis: redisSettings(config), storage, action, json: true, write });
  if (code !== 0) throw new Error(`locks ${action.type} ended with ${code}: ${output}`);
  return output.split('\n')[0] ?? '';
}

/** How long each takes from now on. */
async function timed<Item>(items: readonly Item[], wait: (item: Item) => Promise<unknown>): Promise<readonly number[]> {
  const startMs = performance.now();
  return Promise.all(
    items.map(async (item) => {
      await wait(item);
      return performance.now() - startMs;
    }),
  );
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + longestMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`It isn’t so after ${longestMs} ms.`);
    await sleep(lookEveryMs);
  }
}

/** Requests in one tunnel, one after the other. */
class Caller {
  readonly device: string;
  readonly tunnel: RawTunnel;
  #streams = 0;

  constructor(device: string, tunnel: RawTunnel) {
    this.device = device;
    this.tunnel = tunnel;
  }

  untilStatus(request: Buffer, wanted: number): Promise<void> {
    return until(async () => (await this.#status(request)) === wanted);
  }

  /** 0 for a request that was cut off. */
  async #status(request: Buffer): Promise<number> {
    this.#streams += 2;
    const streamId = this.#streams - 1;
    this.tunnel.send(frame(frameType.open, streamId, [0, 1]), frame(frameType.data, streamId, request));
    const { type, payload } = await this.tunnel.waitFor(
      (found) => found.streamId === streamId && (found.type === frameType.data || found.type === frameType.reset),
    );
    this.tunnel.send(frame(frameType.end, streamId));
    return type === frameType.reset ? 0 : Number(/^HTTP\/1\.1 (\d{3})/.exec(payload.toString())?.[1]);
  }
}
