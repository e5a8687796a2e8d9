import { plainReason } from '../../../shared/plain-reason.ts';
import type { Reason } from '../../../shared/reason.ts';
import { afterEach, expect, test } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import type { Identity } from '../../../relay/identity/identity.ts';
import { Overload, type OverloadProbes } from '../../../relay/tunnel/overload.ts';
import { type ActiveExchange, TunnelSession } from '../../../relay/tunnel/tunnel-session.ts';

const inWords = (why: Reason | null): string | null => (why === null ? null : plainReason(why));

const mebibyte = 1_048_576;
const opened: Overload[] = [];
afterEach(() => {
  for (const overload of opened.splice(0)) overload.close();
});

/** An overload of measured values that the test sets. */
function overloadWith(limits: Record<string, number>): {
  overload: Overload;
  probes: { nowMs: number; bytes: number };
} {
  const probes = { nowMs: 0, bytes: 100 * mebibyte };
  const injected: OverloadProbes = {
    now: () => probes.nowMs,
    memoryBytes: () => probes.bytes,
    availableBytes: () => 1000 * mebibyte,
  };
  const config = configSchema.parse({
    relay: { name: 'Test', url: 'https://relay.example' },
    issuers: [],
    apis: [],
    limits,
  });
  const overload = new Overload(config.limits, injected);
  opened.push(overload);
  return { overload, probes };
}

function sessionOf(overload: Overload, requests = 0): TunnelSession {
  const identity = { issuer: 'https://idp.example', subject: 'ann', groups: [], expiresAtMs: 1e15 } as unknown;
  const session = new TunnelSession('session', identity as Identity, '127.0.0.1', 0, overload);
  for (let count = 0; count < requests; count += 1) session.exchanges.add({} as ActiveExchange);
  return session;
}

test('a session with more requests under way than half of all is refused, another one is not', () => {
  const { overload } = overloadWith({ max_requests: 100 });
  const greedy = sessionOf(overload, 51);
  const modest = sessionOf(overload, 1);
  expect(inWords(overload.refusesRequest(greedy))).toMatch(/51 requests under way/);
  expect(overload.refusesRequest(modest)).toBeNull();
  const [first] = greedy.exchanges;
  if (first !== undefined) greedy.exchanges.delete(first);
  modest.exchanges.clear();
  expect(overload.refusesRequest(greedy)).toBeNull();
});

test('a session that keeps more bytes than half of all gets no more connections, another one does', () => {
  const { overload } = overloadWith({ max_buffered_bytes: 2 * mebibyte });
  const greedy = sessionOf(overload);
  greedy.memory.didKeep(mebibyte + 1);
  expect(inWords(overload.refusesConnection(greedy))).toMatch(/no memory/);
  expect(inWords(overload.refusesRequest(greedy))).toMatch(/no memory/);
  expect(overload.refusesConnection(sessionOf(overload))).toBeNull();
  greedy.memory.close();
  expect(overload.bytes.used).toBe(0);
  expect(overload.refusesConnection(greedy)).toBeNull();
});

test('windows grow only by a part of all memory, and evenly: what they promise may come at once', () => {
  const { overload } = overloadWith({ max_buffered_bytes: 8 * mebibyte });
  const greedy = sessionOf(overload);
  greedy.memory.didGrow(mebibyte + 1);
  const modest = sessionOf(overload);
  expect([greedy.memory.mayGrow, modest.memory.mayGrow]).toEqual([false, true]);
  greedy.memory.didGrow(-1);
  expect(greedy.memory.mayGrow).toBe(true);
  greedy.memory.didKeep(5 * mebibyte);
  expect(greedy.memory.mayGrow).toBe(false);
});

test('a process beyond its memory takes nothing new until it is below again', () => {
  const { overload, probes } = overloadWith({});
  const session = sessionOf(overload);
  probes.bytes = 801 * mebibyte;
  overload.look();
  expect(
    [overload.refusesTunnel(), overload.refusesConnection(session), overload.refusesRequest(session)].map(inWords),
  ).toEqual([
    expect.stringMatching(/no memory/),
    expect.stringMatching(/no memory/),
    expect.stringMatching(/no memory/),
  ]);
  probes.bytes = 700 * mebibyte;
  overload.look();
  expect(
    [overload.refusesTunnel(), overload.refusesConnection(session), overload.refusesRequest(session)].map(inWords),
  ).toEqual([null, null, null]);
});

test('the memory that the config names counts before that of the machine', () => {
  const { overload, probes } = overloadWith({ max_memory_bytes: 200 * mebibyte });
  probes.bytes = 201 * mebibyte;
  overload.look();
  expect(overload.refusesTunnel()).not.toBeNull();
});

test('lateness refuses requests once it has lasted and many are under way; a single pause doesn’t', () => {
  const { overload, probes } = overloadWith({ max_delay_ms: 200 });
  const session = sessionOf(overload, 150);
  const lookAfter = (ms: number): void => {
    probes.nowMs += ms;
    overload.look();
  };
  lookAfter(5000);
  expect(overload.refusesRequest(session)).toBeNull();
  lookAfter(301);
  lookAfter(301);
  expect(inWords(overload.refusesRequest(session))).toMatch(/keep up/);
  lookAfter(150);
  expect(overload.refusesRequest(session)).toBeNull();
});

test('lateness with few requests under way is not the callers’, and refuses nobody', () => {
  const { overload, probes } = overloadWith({ max_delay_ms: 200 });
  const session = sessionOf(overload, 100);
  for (let look = 0; look < 10; look += 1) {
    probes.nowMs += 1000;
    overload.look();
  }
  expect(overload.refusesRequest(session)).toBeNull();
});
