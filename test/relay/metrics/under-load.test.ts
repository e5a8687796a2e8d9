import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { freePort } from '../../support/free-port.ts';
import { control, dial, getRequest, host, openTunnel, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
let metricsUrl: string;

beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  world = await startTunnelWorld({ workers: 2, configure: (config) => ({ ...config, admin: { listen: { port } } }) });
}, 120_000);
afterAll(() => world?.close());

const hosts = { [host]: 'echo', 'made-up.localhost:7000': 'made-up' };
const requests = [
  getRequest('/'),
  getRequest('/denied'),
  getRequest('/other'),
  Buffer.from('GET / HTTP/1.1\r\nHost: made-up.localhost:7000\r\n\r\n'),
  Buffer.from('GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n'),
];
const perTunnel = 100;

async function useTunnel(person: string): Promise<RawTunnel> {
  const tunnel = await openTunnel(world, person);
  const device = { name: 'test', system: 'linux', appVersion: '0.1.0' };
  tunnel.send(control({ type: 'hello', device, listeners: [{ id: 1, hosts }] }));
  await tunnel.waitForControl('welcome');
  for (let index = 0; index < perTunnel; index += 1) {
    await tunnel.request(index * 2 + 1, requests[index % requests.length]);
    if (index % 20 === 19) tunnel.acknowledge();
  }
  return tunnel;
}

/** Sums of a metric’s values by some of its labels. */
function sums(text: string, metric: string, labels: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [, inner = '', value = ''] of text.matchAll(new RegExp(`^${metric}\\{(.*)\\} (\\S+)$`, 'gm'))) {
    const all = new Map([...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', label = '']) => [name, label]));
    const key = labels.map((label) => all.get(label)).join(' ');
    found[key] = (found[key] ?? 0) + Number(value);
  }
  return found;
}

function counted(keys: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const key of keys) found[key] = (found[key] ?? 0) + 1;
  return found;
}

it('counters say what the audit says, after a load over two processes', { timeout: 120_000 }, async () => {
  const people = Array.from({ length: 8 }, (_, index) => `person-${index}`);
  const tunnels = await Promise.all(people.map(useTunnel));
  for (let index = 0; index < 5; index += 1) await dial(world, 'x', { token: 'nonsense' });
  await dial(world, 'x', { protocol: 'nonsense' });
  for (const tunnel of tunnels) {
    tunnel.socket.close(1000);
    await tunnel.closed;
  }

  const records = () => queryAudit(world.dataDir, { limit: 5000 });
  await vi.waitFor(() => {
    const ends = records().filter(({ record }) => record.type === 'session' && record.event === 'closed');
    expect(ends).toHaveLength(people.length);
  }, 30_000);
  const entries = records();
  const known = entries.map(({ record }) => record);
  const decisions = entries.flatMap(({ record, outcome }) =>
    record.type === 'decision' ? [{ ...record, outcome }] : [],
  );
  expect(decisions).toHaveLength(people.length * perTunnel);
  const apiOf = (api: string): string => (api === 'echo' ? api : 'unknown');

  await vi.waitFor(
    async () => {
      const text = await (await fetch(metricsUrl)).text();
      expect(sums(text, 'http_server_request_duration_seconds_count', ['api', 'decision', 'status_class'])).toEqual(
        counted(
          decisions.map(({ api, effect, outcome }) => {
            const status = outcome?.status ?? null;
            return `${apiOf(api)} ${effect} ${status === null ? 'none' : `${Math.floor(status / 100)}xx`}`;
          }),
        ),
      );
      expect(sums(text, 'causeway_requests_total', ['decision', 'outcome'])).toEqual(
        counted(decisions.map(({ effect, outcome }) => `${effect} ${outcome?.outcome}`)),
      );
      expect(sums(text, 'causeway_denials_total', ['api', 'code'])).toEqual(
        counted(
          decisions.flatMap(({ effect, api, code }) =>
            effect === 'deny' ? [`${apiOf(api)} ${code ?? 'policy-denied'}`] : [],
          ),
        ),
      );
      const bytes = decisions.reduce((sum, { outcome }) => sum + (outcome?.responseBytes ?? 0), 0);
      expect(sums(text, 'causeway_body_bytes_total', ['direction'])['response']).toBe(bytes);
      expect(sums(text, 'causeway_sessions_total', ['event'])).toEqual(
        counted(known.flatMap((record) => (record.type === 'session' ? [record.event] : []))),
      );
      const refused = known.filter((record) => record.type === 'authentication-refused').length;
      expect(refused).toBe(5);
      expect(sums(text, 'causeway_authentications_total', ['issuer', 'code'])).toEqual({
        [`${world.issuer.url} ok`]: people.length,
        'unknown token-rejected': refused,
      });
      expect(sums(text, 'causeway_handshakes_total', ['outcome'])).toEqual({
        accepted: people.length,
        'token-rejected': refused,
        'client-too-old': 1,
      });
      expect(sums(text, 'causeway_streams_total', ['outcome'])).toEqual({ opened: decisions.length });
      expect(sums(text, 'causeway_tunnels_ended_total', ['outcome'])).toEqual({ closed: people.length });
      // One request in 16 of each process is timed.
      const timed = sums(text, 'causeway_stage_duration_seconds_count', ['stage']);
      expect(timed['whole']).toBeGreaterThan(decisions.length / 16 - 3);
      expect(timed['gates']).toBe(timed['whole']);
      expect(timed['record']).toBe(timed['whole']);
      expect(text).toMatch(/^causeway_requests_open 0$/m);
      expect(text).not.toMatch(/person-\d|\/denied|\/other|made-up/);
    },
    { timeout: 30_000, interval: 500 },
  );
});
