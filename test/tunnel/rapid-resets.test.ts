import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { queryAudit } from '../../relay/audit/reading/query-audit.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import {
  headersFrame,
  http2Frame,
  http2Type,
  type RawHttp2,
  rawHttp2,
  requestHead,
  uint32,
} from './support/raw-http2.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const internalError = 2;
const enhanceYourCalm = 11;
let world: TunnelWorld;
let client: LinkedClient;
let arrived: string[] = [];

beforeAll(async () => {
  world = await startTunnelWorld({
    answer: ({ url }) => {
      arrived.push(url.pathname);
      return url.pathname.startsWith('/hold');
    },
  });
  client = await startLinkedClient(world, { relayPort: world.relayPort });
  await client.waitForState('open');
});
beforeEach(() => {
  arrived = [];
});
afterAll(async () => {
  await client.close();
  await world.close();
});

/** Requests that are reset at once, from one stream to before another. */
function begunAndReset(raw: RawHttp2, from: number, to: number, path: string): Buffer {
  return Buffer.concat(
    Array.from({ length: to - from }, (_none, at) => {
      const id = 2 * (from + at) + 1;
      const head = requestHead('GET', `${path}/${id}`, raw.authority);
      return Buffer.concat([headersFrame(id, head), http2Frame(http2Type.reset, 0, id, uint32(8))]);
    }),
  );
}

/** Every request that the API has seen was decided before, and its end is on record. */
async function requireTrueRecords(path: string): Promise<void> {
  await expect
    .poll(() => {
      const entries = queryAudit(world.dataDir, { limit: 5000 }).filter(
        ({ record }) => record.type === 'decision' && record.path.startsWith(path),
      );
      const open = entries.filter(({ outcome }) => outcome === null || outcome === undefined);
      const decided = new Set(entries.map(({ record }) => (record.type === 'decision' ? record.path : '')));
      return { open: open.length, undecided: arrived.filter((one) => one.startsWith(path) && !decided.has(one)) };
    })
    .toEqual({ open: 0, undecided: [] });
}

test('3,000 requests that are reset in one write reach no API, and their connection ends', async () => {
  const raw = await rawHttp2(client.port);
  raw.write(begunAndReset(raw, 0, 3000, '/hold/once'));
  await raw.closed;
  expect(arrived).toEqual([]);
  // What one read brings, nghttp2’s own bound ends first.
  expect([internalError, enhanceYourCalm]).toContain(raw.goawayCode);
  await requireTrueRecords('/hold/once');
  expect((await fetch(`${client.url}/quick`)).status).toBe(200);
});

test.for([1, 10, 100])('resets in writes of %d requests end their connection with ENHANCE_YOUR_CALM', async (each) => {
  const raw = await rawHttp2(client.port);
  const path = `/hold/${each}`;
  let sent = 0;
  for (; sent < 3000 && !raw.over; sent += each) {
    raw.write(begunAndReset(raw, sent, sent + each, path));
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
  await raw.closed;
  expect(raw.goawayCode).toBe(enhanceYourCalm);
  expect(arrived.length).toBeLessThan(500);
  await requireTrueRecords(path);
});

test('as many requests as a caller likes may be reset, if not all at once', async () => {
  const raw = await rawHttp2(client.port);
  raw.write(begunAndReset(raw, 0, 190, '/hold/some'));
  raw.write(headersFrame(2001, requestHead('GET', '/quick', raw.authority)));
  await raw.waitFor(http2Type.data, 1);
  expect(raw.over).toBe(false);
  raw.socket.destroy();
});
