import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { ignoredOrderWords, tellRelays, type ToldRelays } from '../../../relay/administration/tell-relays.ts';
import type { RelayOrder } from '../../../relay/vitals/relay-order.ts';
import type { RelayState } from '../../../relay/vitals/relay-state.ts';
import type { RelaysSeen } from '../../../relay/vitals/relays-seen.ts';
import { sampleState } from '../vitals/sample-state.ts';

const patient = { timeout: 20_000, interval: 50 };
const startedAtMs = Date.now() - 1000;
const stateOf = (id: string): RelayState => sampleState(id, { startedAtMs, atMs: Date.now(), workers: [1, 2] });

/** What relays share, in memory. */
function openShared() {
  const states = new Map<string, RelayState>();
  const orders = new Map<string, string>();
  const seen: RelaysSeen = {
    say: (state) => Promise.resolve(void states.set(state.id, state)),
    list: () => Promise.resolve([...states.values()]),
    order: (place, text) => Promise.resolve(void orders.set(place, text)),
    ordersAt: (places) => Promise.resolve(places.map((place) => orders.get(place) ?? null)),
  };
  return { seen, states, orders };
}

const open: ToldRelays[] = [];
afterEach(async () => {
  for (const relay of open.splice(0)) await relay.close();
});

function startRelay(id: string, seen: RelaysSeen) {
  const obeyed: RelayOrder[] = [];
  const said: { readonly level: number; readonly msg: string }[] = [];
  const log = pino({}, { write: (line: string) => void said.push(JSON.parse(line) as (typeof said)[number]) });
  const obey = (order: RelayOrder): Promise<void> => Promise.resolve(void obeyed.push(order));
  const place = { seen, seal: () => undefined, isTrusted: true, close: () => Promise.resolve() };
  const relay = tellRelays(place, { state: () => stateOf(id), obey, log });
  open.push(relay);
  return { relay, obeyed, said };
}

const order: RelayOrder = {
  atMs: Date.now(),
  relay: 'r-one',
  startedAtMs,
  worker: null,
  act: 'drain',
  by: 'dana',
  at: 'r-two',
  reason: 'Why',
};

it('orders are obeyed as they were given, also where the first one stands at a worker’s place, and it is said', async () => {
  const { seen, states } = openShared();
  const { relay } = startRelay('r-two', seen);
  const { atMs: _atMs, ...given } = order;
  const first = await relay.order({ ...given, worker: 1 }, stateOf('r-one'));
  const second = await relay.order({ ...given, act: 'undrain' }, stateOf('r-one'));
  const { obeyed } = startRelay('r-one', seen);
  await vi.waitFor(() => expect(obeyed).toHaveLength(2), patient);
  expect(obeyed.map(({ atMs }) => atMs)).toEqual([first, second]);
  await vi.waitFor(() => {
    expect(states.get('r-one')?.countedOrders).toEqual([
      { worker: 1, at: 'r-two', atMs: first, done: true },
      { worker: null, at: 'r-two', atMs: second, done: true },
    ]);
  }, patient);
});

it('a relay that ends says so, and waits for no storage that is away', async () => {
  const { seen, states } = openShared();
  const { relay } = startRelay('r-one', seen);
  await vi.waitFor(() => expect(states.has('r-one')).toBe(true), patient);
  expect(states.get('r-one')?.stopped).toBe(undefined);
  await relay.close();
  expect(states.get('r-one')?.stopped).toBe(true);
  const { relay: other } = startRelay('r-two', { ...seen, say: () => new Promise(() => undefined) });
  await other.close();
});

it('an order is later than what another relay, whose clock is ahead, has ordered of the same one', async () => {
  const { seen } = openShared();
  const { relay } = startRelay('r-two', seen);
  const aheadMs = Date.now() + 20_000;
  await seen.order('r-one#2', JSON.stringify({ ...order, worker: 2, at: 'r-six', atMs: aheadMs }));
  const { atMs: _atMs, ...given } = order;
  expect(await relay.order(given, stateOf('r-one'))).toBe(aheadMs + 1);
  const counted = { worker: null, at: 'r-six', atMs: aheadMs + 10_000, done: true };
  const state = { ...stateOf('r-one'), countedOrders: [counted] };
  expect(await relay.order(given, state)).toBe(counted.atMs + 1);
});

it('what was ordered of an earlier process is no reason to warn again at each start; what isn’t an order is', async () => {
  const { seen } = openShared();
  await seen.order('r-one', JSON.stringify({ ...order, startedAtMs: startedAtMs - 1 }));
  await seen.order('r-one#1', 'nonsense');
  const { said, obeyed } = startRelay('r-one', seen);
  const ignored = () => said.filter(({ msg }) => msg === ignoredOrderWords).map(({ level }) => level);
  await vi.waitFor(() => expect(ignored()).toHaveLength(2), patient);
  expect(new Set(ignored())).toEqual(new Set([pino.levels.values['info'], pino.levels.values['warn']]));
  expect(obeyed).toEqual([]);
});
