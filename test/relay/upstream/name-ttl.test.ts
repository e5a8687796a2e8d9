import { Resolver } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import type { LookUpAll, NameEvent } from '../../../relay/upstream/address-watch.ts';
import { createTtlReader } from '../../../relay/upstream/name-ttl.ts';
import { type UpstreamConfig, UpstreamPools } from '../../../relay/upstream/upstream-pools.ts';
import { type DnsAnswer, startDnsServer } from '../../support/start-dns-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).toReversed()) await closer();
});

const name = 'api.test';
const at = (address: string, ttl: number): DnsAnswer => ({ records: [{ type: 'A', name, address, ttl }] });

async function listen(said: string, host: string, port: number): Promise<Server> {
  const server = createServer((_request, response) => response.end(said));
  server.listen(port, host);
  await once(server, 'listening');
  closers.push(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return server;
}

/** An API at a name of a real name server, which leads to one of two servers. */
async function moving(first: DnsAnswer, resolveSeconds = 3600) {
  const one = await listen('one', '127.0.0.1', 0);
  const { port } = one.address() as AddressInfo;
  await listen('two', '127.0.0.2', port);
  const dns = await startDnsServer(first);
  closers.push(() => dns.close());
  const lookUp: LookUpAll = (hostname, done) => {
    const resolver = new Resolver({ timeout: 100, tries: 1 });
    resolver.setServers([dns.address]);
    resolver.resolve4(hostname, (error, found) =>
      done(error, error === null ? found.map((address) => ({ address, family: 4 })) : []),
    );
  };
  const events: NameEvent[] = [];
  let nowMs = 0;
  const api = configSchema.shape.apis.element.parse({
    id: 'api',
    name: 'API',
    upstream: `http://${name}:${port}`,
    resolve_seconds: resolveSeconds,
  });
  const config: UpstreamConfig = { ...api, caPem: undefined, certificate: undefined };
  const pools = new UpstreamPools([config], {
    lookUp,
    ttlOf: createTtlReader([dns.address]),
    onEvent: (event) => events.push(event),
    now: () => nowMs,
  });
  closers.push(() => pools.close());
  const ask = (fresh = false): Promise<string> =>
    new Promise((resolve) => {
      let body = '';
      pools.get('api')?.pool.dispatch(
        { path: '/', method: 'GET', reset: fresh },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData: (_controller, chunk) => void (body += chunk.toString()),
          onResponseEnd: () => setImmediate(() => setImmediate(resolve, body)),
          onResponseError: (_controller, error) => resolve((error as NodeJS.ErrnoException).code ?? error.message),
        },
      );
    });
  return {
    dns,
    ask,
    events,
    reload: () => pools.replace([config]),
    wait: (ms: number) => void (nowMs += ms),
  };
}

it.each<[string, DnsAnswer]>([
  ['an address', at('127.0.0.1', 1)],
  [
    'a CNAME whose target stays for an hour',
    {
      records: [
        { type: 'CNAME', name, target: 'host.test', ttl: 1 },
        { type: 'A', name: 'host.test', address: '127.0.0.1', ttl: 3600 },
      ],
    },
  ],
  ['an address with a TTL of 0', at('127.0.0.1', 0)],
])('%s is looked up again when its TTL is over, however busy its connections are', async (_what, first) => {
  const { dns, ask, events } = await moving(first);
  expect(await ask()).toBe('one');
  dns.say(at('127.0.0.2', 3600));
  const begunMs = Date.now();
  while ((await ask()) === 'one') expect(Date.now() - begunMs).toBeLessThan(20_000);
  expect(Date.now() - begunMs).toBeGreaterThan(500);
  expect(events).toEqual([{ hostname: name, event: 'changed', code: null, known: ['127.0.0.2'] }]);
  expect(dns.questions()).toBeLessThan(20);
});

it('an address with a long TTL is looked up after resolve_seconds, and at a reload at once', async () => {
  const busy = await moving(at('127.0.0.1', 3600), 1);
  expect(await busy.ask()).toBe('one');
  busy.dns.say(at('127.0.0.2', 3600));
  await expect.poll(() => busy.ask()).toBe('two');

  const reloaded = await moving(at('127.0.0.1', 3600));
  expect(await reloaded.ask()).toBe('one');
  reloaded.dns.say(at('127.0.0.2', 3600));
  expect(await reloaded.ask()).toBe('one');
  reloaded.reload();
  await expect.poll(() => reloaded.ask()).toBe('two');
});

it.each<[string, DnsAnswer, string, number]>([
  ['SERVFAIL', { code: 2 }, 'ESERVFAIL', 3_600_000],
  ['REFUSED', { code: 5 }, 'EREFUSED', 3_600_000],
  ['silence', { silent: true }, 'ETIMEOUT', 3_600_000],
  ['a truncated answer and no TCP', { truncated: true }, 'ECONNREFUSED', 3_600_000],
  ['NXDOMAIN', { code: 3 }, 'ENOTFOUND', 60_000],
])(
  'after %s new connections go to the address known last, for a bounded time, and it is told once',
  async (_what, answer, code, keptMs) => {
    const { dns, ask, events, wait } = await moving(at('127.0.0.1', 1));
    expect(await ask(true)).toBe('one');
    dns.say(answer);
    wait(keptMs - 1);
    expect(await ask(true)).toBe('one');
    expect(await ask(true)).toBe('one');
    expect(events).toEqual([{ hostname: name, event: 'failing', code, known: ['127.0.0.1'] }]);
    wait(2);
    expect(await ask(true)).toBe(code);
    dns.say(at('127.0.0.2', 1));
    expect(await ask(true)).toBe('two');
    expect(events.slice(1).map(({ event }) => event)).toEqual(['found-again', 'changed']);
  },
);

it('addresses that the name servers don’t know, as those of /etc/hosts, have no TTL', async () => {
  const dns = await startDnsServer(at('127.0.0.1', 5));
  closers.push(() => dns.close());
  const ttlOf = createTtlReader([dns.address]);
  expect(await ttlOf(name, [{ address: '127.0.0.1', family: 4 }])).toBe(5);
  expect(await ttlOf(name, [{ address: '10.0.0.1', family: 4 }])).toBe(null);
  expect(await ttlOf(name, [{ address: '::1', family: 6 }])).toBe(null);
  const before = dns.questions();
  expect(await ttlOf('api.localhost', [{ address: '127.0.0.1', family: 4 }])).toBe(null);
  expect(dns.questions()).toBe(before);
});
