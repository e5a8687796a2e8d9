import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { queryAudit } from '../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../relay/audit/verify-audit.ts';
import type { Snapshot } from '../shared/snapshot.ts';
import type { ProblemDocument } from '../shared/problem-document.ts';
import { callWithCurl } from './support/call-with-curl.ts';
import { demoShowcase } from './support/demo-showcase.ts';
import { startDemoWorld, type DemoWorld } from './support/demo-world.ts';
import { isListening } from './support/is-listening.ts';
import { type ConsolePage, openConsolePage } from './support/open-console-page.ts';
import { signInWithBrowser } from './support/sign-in-with-browser.ts';
import { startHeadlessClient, type HeadlessClient } from './support/start-headless-client.ts';
import { deterministicBytes, deterministicDigest } from './support/upstreams/deterministic-bytes.ts';

/** Runs one step and prints its name with its time; a failure names the step. */
type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

interface Call {
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly effect: 'allow' | 'deny';
}

const transferBytes = 100_000_000;
const stepTimeoutMs = 180_000;

function stepPrinter(write: (line: string) => void): Step {
  return async (name, work) => {
    const startedMs = performance.now();
    const abort = new AbortController();
    try {
      const result = await Promise.race([
        work(),
        delay(stepTimeoutMs, undefined, { signal: abort.signal, ref: false }).then(() => {
          throw new Error(`no result within ${stepTimeoutMs / 1000} s`);
        }),
      ]);
      write(
        `  ✓ ${name.padEnd(64)} ${Math.round(performance.now() - startedMs)
          .toLocaleString('en')
          .padStart(7)} ms`,
      );
      return result;
    } catch (error) {
      write(`  ✗ ${name}: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    } finally {
      abort.abort();
    }
  };
}

async function readEvent(url: string): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
  assert.equal(response.status, 200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!seen.includes('event: tick')) {
    const part = await reader?.read();
    assert.ok(part !== undefined && !part.done, 'the feed ended early');
    seen += part.value;
  }
  await reader?.cancel();
  return seen;
}

async function talkOverWebSocket(url: string): Promise<void> {
  const socket = new WebSocket(url);
  const [hello] = await once(socket, 'message');
  assert.match(String(hello), /"hello"/u);
  socket.send('ping through the tunnel');
  const [echo] = await once(socket, 'message');
  assert.match(String(echo), /ping through the tunnel/u);
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

async function download(url: string): Promise<void> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  const hash = createHash('sha256');
  for await (const chunk of response.body ?? []) hash.update(chunk);
  assert.equal(hash.digest('hex'), response.headers.get('x-sha256'));
}

async function upload(url: string): Promise<void> {
  const body = Readable.toWeb(Readable.from(deterministicBytes(transferBytes), { objectMode: false }));
  const response = await fetch(url, {
    method: 'POST',
    body: body as ReadableStream<Uint8Array>,
    duplex: 'half',
  } as RequestInit);
  const received = (await response.json()) as { bytes: number; sha256: string };
  assert.deepEqual(received, { bytes: transferBytes, sha256: deterministicDigest(transferBytes) });
}

/** Asks the admin API as dana; its answer. */
async function operate(world: DemoWorld, method: string, path: string, body?: object): Promise<unknown> {
  const token = await world.idp.mintAccessToken({ user: 'dana' });
  const response = await fetch(`${world.adminUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endMs, `not within 20 s: ${what}`);
    await delay(100);
  }
}

/** How long the grant of the walk holds, in hours: long enough to be seen on a slow machine. */
const shortGrantHours = 0.003;

/** alice asks for Payroll, dana approves it in her app for a moment, and it opens and ends by itself. */
async function askAndDecide(world: DemoWorld, alice: HeadlessClient, profileId: string, step: Step): Promise<void> {
  const dana = await startHeadlessClient({
    ca: [world.ca],
    deviceName: 'dana-laptop',
    openBrowser: async (url) => void (await signInWithBrowser(url, { user: 'dana' })),
  });
  const payroll = (snapshot: Snapshot): string | undefined => {
    const [first] = snapshot.profiles;
    const catalog = first?.catalog.status === 'ready' ? first.catalog.catalog : null;
    return catalog?.apis.find(({ id }) => id === 'payroll')?.access;
  };
  try {
    const asked = await step('alice asks for payroll, with a reason', () =>
      alice.core.requestAccess(profileId, { api: 'payroll', role: 'finance', reason: 'Payslip of March' }),
    );
    const decider = await step('dana signs in to an app of her own', () => dana.signIn(world.relayUrl));
    await step('it shows who asks for what and why; she approves it for less', async () => {
      const request = await dana.waitFor('the request', ({ profiles: [first] }) => {
        return first?.requests?.requests.find(({ id, decidable }) => id === asked.id && decidable) ?? null;
      });
      assert.deepEqual([request.requester, request.reason], ['alice', 'Payslip of March']);
      const note = 'For one payslip';
      await dana.core.decideRequest(decider.id, asked.id, { verdict: 'approve', note, hours: shortGrantHours });
    });
    await step('alice’s app knows at once, and payroll opens', async () => {
      await alice.waitFor('the grant', (snapshot) => (payroll(snapshot) === 'open' ? true : null));
      const { address } = await alice.connect(profileId, 'payroll');
      const { status, body } = await callWithCurl(`${address}/v1/payslips`);
      assert.equal(status, 200, body);
    });
    await step('its end comes by itself, and alice’s app says so', async () => {
      await alice.waitFor('the end of the grant', (snapshot) => (payroll(snapshot) === 'locked' ? true : null));
      await alice.waitFor('the word of the end', ({ profiles: [first] }) => {
        const known = first?.requests?.requests.find(({ id }) => id === asked.id);
        return known?.status === 'expired' ? true : null;
      });
      await alice.core.disconnect(profileId, 'payroll');
    });
  } finally {
    await dana.close();
  }
}

/** The steps between a running world and a signed-out client, in order. */
async function walk(world: DemoWorld, client: HeadlessClient, operators: ConsolePage, step: Step): Promise<void> {
  const calls: Call[] = [];
  const noted = (api: string, method: string, path: string, effect: Call['effect']): string => {
    calls.push({ api, method, path, effect });
    return path;
  };

  const profile = await step('alice signs in with a real browser', () => client.signIn(world.relayUrl));
  await step('her catalog has orders and inventory, and payroll locked', async () => {
    assert.equal(profile.catalog.status, 'ready');
    const catalog = profile.catalog.status === 'ready' ? profile.catalog.catalog : null;
    const access = catalog?.apis.map(({ id, access: may }) => `${id} ${may}`).toSorted();
    assert.deepEqual(access, ['inventory open', 'orders open', 'payroll locked']);
  });
  const [orders, inventory] = await step('connect orders and inventory', () =>
    Promise.all([client.connect(profile.id, 'orders'), client.connect(profile.id, 'inventory')]),
  );
  await step('curl gets order 4711 at the local address', async () => {
    const { status, body } = await callWithCurl(
      `${orders.address}${noted('orders', 'GET', '/v1/orders/4711', 'allow')}`,
    );
    assert.equal(status, 200, body);
    assert.deepEqual(JSON.parse(body), world.orders.orders.get(4711));
  });
  await step('curl gets it by name, orders.localhost, too', async () => {
    assert.ok(orders.gatewayAddress !== null, 'the gateway port is taken');
    const { status, body } = await callWithCurl(
      `${orders.gatewayAddress}${noted('orders', 'GET', '/v1/orders/4711', 'allow')}`,
    );
    assert.equal(status, 200, body);
  });
  await step('a new order is written', async () => {
    const url = `${orders.address}${noted('orders', 'POST', '/v1/orders', 'allow')}`;
    const { status, body } = await callWithCurl(url, { method: 'POST', json: { customer: 'Demo' } });
    assert.equal(status, 201, body);
    assert.equal(world.orders.orders.size, 4);
  });
  await step('a denied DELETE is 403 and names the rule', async () => {
    const url = `${orders.address}${noted('orders', 'DELETE', '/v1/orders/4711', 'deny')}`;
    const { status, body } = await callWithCurl(url, { method: 'DELETE' });
    assert.equal(status, 403, body);
    assert.equal((JSON.parse(body) as ProblemDocument).rule, 'orders-are-kept');
    assert.ok(world.orders.orders.has(4711), 'the order is gone');
  });
  await step('a denied refund is 403 and names the group that unlocks it', async () => {
    const url = `${orders.address}${noted('orders', 'POST', '/v1/refunds', 'deny')}`;
    const { status, body } = await callWithCurl(url, { method: 'POST', json: { orderId: 4711 } });
    assert.equal(status, 403, body);
    assert.deepEqual((JSON.parse(body) as ProblemDocument).unlockedBy, ['orders-admins']);
  });
  await step('an sre may write inventory', async () => {
    const url = `${inventory.address}${noted('inventory', 'PUT', '/v1/items/crate-l', 'allow')}`;
    const { status, body } = await callWithCurl(url, { method: 'PUT', json: { count: 88 } });
    assert.equal(status, 200, body);
  });
  await step('the SSE feed arrives', async () => {
    await readEvent(`${orders.address}${noted('orders', 'GET', '/v1/events', 'allow')}?everyMs=100`);
  });
  await step('the WebSocket feed arrives and answers', () =>
    talkOverWebSocket(`${orders.address.replace('http', 'ws')}${noted('orders', 'GET', '/v1/feed', 'allow')}`),
  );
  await step('100 MB down, hashes equal', () =>
    download(`${orders.address}${noted('orders', 'GET', '/v1/export', 'allow')}`),
  );
  await step('100 MB up, hashes equal', () =>
    upload(`${orders.address}${noted('orders', 'POST', '/v1/import', 'allow')}`),
  );
  await step('the audit holds a record for each', async () => {
    const records = queryAudit(world.dataDir, { user: 'alice', limit: 1000 }).map((entry) => entry.record);
    const held = records.filter((record) => record.type === 'decision');
    for (const call of calls) {
      const index = held.findIndex(
        (record) =>
          record.api === call.api &&
          record.method === call.method &&
          record.path === call.path &&
          record.effect === call.effect,
      );
      assert.ok(index >= 0, `no record of ${call.method} ${call.path} (${call.effect})`);
      held.splice(index, 1);
    }
    assert.equal(held.length, 0, `unexpected records: ${JSON.stringify(held)}`);
  });
  await askAndDecide(world, client, profile.id, step);
  await step('dana, who runs the relay, signs in at its console with a real browser', () => operators.signIn('dana'));
  await step('she sees there what alice did', async () => {
    const { status, json } = await operators.ask('GET', '/admin/v1/audit?user=alice&effect=deny&type=decision');
    assert.equal(status, 200, JSON.stringify(json));
    const { records } = json as { records: { record: { path: string } }[] };
    assert.deepEqual(records.map(({ record }) => record.path).toSorted(), ['/v1/orders/4711', '/v1/refunds']);
  });
  await step('by the admin API she locks inventory with a reason, and takes the lock away', async () => {
    const added = await operate(world, 'POST', '/admin/v1/locks', { api: 'inventory', reason: 'Stocktaking' });
    const { id } = (added as { lock: { id: string } }).lock;
    await until('the lock counts', async () => {
      const { status, body } = await callWithCurl(`${inventory.address}/v1/items`);
      return status === 403 && body.includes('Stocktaking');
    });
    await operate(world, 'POST', `/admin/v1/locks/${id}/remove`, { reason: 'Counted' });
    await until('the lock is gone', async () => (await callWithCurl(`${inventory.address}/v1/items`)).status === 200);
  });
  await step('sign-out closes everything and revokes the sign-in', async () => {
    await client.core.signOut(profile.id);
    await client.waitFor('closing the tunnel', (snapshot) => {
      const left = snapshot.profiles.find((candidate) => candidate.id === profile.id);
      return left === undefined || (left.signIn.status === 'signed-out' && left.tunnel.status === 'closed')
        ? true
        : null;
    });
    assert.equal(await isListening(orders.port), false, 'the local port is still open');
    assert.equal(await isListening(inventory.port), false, 'the local port is still open');
    assert.ok(world.idp.counts.revocation >= 1, 'the refresh token was not revoked');
  });
  await step('alice signs in again, dana ends her session at the console, and the app says so', async () => {
    const again = await client.signIn(world.relayUrl);
    await client.connect(again.id, 'orders');
    await until('the session is known', async () => {
      const { json } = await operators.ask('GET', '/admin/v1/sessions?person=alice');
      return (json as { sessions: unknown[] }).sessions.length > 0;
    });
    const ended = await operators.ask('POST', '/admin/v1/sessions/end', { person: 'alice', reason: 'Laptop sold' });
    assert.equal(ended.status, 200, JSON.stringify(ended.json));
    await client.waitFor('the end of the session', (snapshot) => {
      const signedOut = snapshot.profiles.find(({ id }) => id === again.id);
      const problem = signedOut?.signIn.status === 'expired' ? signedOut.signIn.problem : null;
      return problem?.detail.includes('Laptop sold') === true ? true : null;
    });
  });
  await step('the records name dana and the console, and she signs out there', async () => {
    const { status } = await operators.ask('POST', '/console/auth/sign-out');
    assert.equal(status, 200);
    assert.equal((await operators.ask('GET', '/admin/v1/me')).status, 401);
    await until('the records are there', () => {
      const told = queryAudit(world.dataDir, { limit: 100 }).map(({ record }) => record);
      const acts = told.filter((record) => record.type === 'lock' && record.operator === 'dana (console)');
      const visits = told.filter((record) => record.type === 'session' && record.event.startsWith('console-'));
      return Promise.resolve(acts.length > 0 && visits.length === 2);
    });
  });
}

/**
 * Walks the main path from sign-in to audit in a world of its own, prints each step with its time, and throws at the first
 * one that fails.
 */
export async function checkDemo(write: (line: string) => void): Promise<void> {
  const step = stepPrinter(write);
  const startedMs = performance.now();
  let lastMs = startedMs;
  const names = { idp: 'identity provider is up', upstreams: 'three upstream APIs are up', relay: 'relay is ready' };
  const world = await startDemoWorld({
    configure: demoShowcase,
    onProgress: (part, url) => {
      const nowMs = performance.now();
      write(
        `  ✓ ${`${names[part]} (${url})`.padEnd(64)} ${Math.round(nowMs - lastMs)
          .toLocaleString('en')
          .padStart(7)} ms`,
      );
      lastMs = nowMs;
    },
  });
  let client: HeadlessClient | undefined;
  let operators: ConsolePage | undefined;
  try {
    client = await startHeadlessClient({
      ca: [world.ca],
      openBrowser: async (url) => {
        if (new URL(url).pathname === '/session/end') await fetch(url);
        else await signInWithBrowser(url, { user: 'alice' });
      },
    });
    operators = await openConsolePage(world.adminUrl);
    await walk(world, client, operators, step);
    await step('the relay ends cleanly', async () => {
      await operators?.close();
      await client?.close();
      client = undefined;
      assert.equal(await world.relay.stop(), 0);
    });
    await step('the audit’s chain is whole to the end', async () => {
      const verdict = verifyAudit(world.dataDir);
      assert.equal(verdict.status, 'ok', verdict.status === 'broken' ? verdict.reason : '');
    });
  } catch (error) {
    for (const line of world.relay.log.filter((entry) => (entry.level ?? 60) >= 40).slice(-5)) {
      write(`    relay: ${JSON.stringify(line)}`);
    }
    throw error;
  } finally {
    await operators?.close();
    await client?.close();
    await world.close();
  }
  write(`Everything works (${((performance.now() - startedMs) / 1000).toFixed(1)} s).`);
}
