import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { freePort } from '../../support/free-port.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

let world: TunnelWorld;
let adminPort: number;
beforeAll(async () => {
  adminPort = await freePort();
  world = await startTunnelWorld({
    configure: (config) => ({ ...config, admin: { listen: { port: adminPort } } }),
  });
});
afterAll(() => world?.close());

async function shownNow(): Promise<string> {
  const socket = connect({ port: world.relayPort, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const refusals = () =>
  queryAudit(world.dataDir, { limit: 20, type: 'relay' }).filter(
    ({ record }) => record.type === 'relay' && record.event === 'policy-refused',
  );
const refusalCount = (): number => refusals().length;
const lastRefusal = (): string => {
  const [entry] = refusals();
  return entry?.record.type === 'relay' ? entry.record.detail : '';
};

function make(name: string, ip: string, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) {
  return generate([{ name: 'commonName', value: name }], {
    notBeforeDate: new Date(Date.now() + fromMs),
    notAfterDate: new Date(Date.now() + toMs),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 7, ip },
        ],
      },
    ],
  });
}

it.each([
  ['that is over', 'localhost', '127.0.0.1', -3_600_000, /certificate that ended on/],
  ['of another name', 'other.example', '192.0.2.1', 86_400_000, /isn’t for 127\.0\.0\.1/],
])('a certificate %s doesn’t take the place of one that clients take', async (_what, name, ip, endsInMs, words) => {
  const folder = dirname(world.dataDir);
  const [certPath, keyPath] = [join(folder, 'relay.pem'), join(folder, 'relay-key.pem')];
  const [cert, key, before] = [readFileSync(certPath, 'utf8'), readFileSync(keyPath, 'utf8'), await shownNow()];
  const worse = await make(name, ip, { fromMs: -86_400_000, toMs: endsInMs });
  // Key and certificate fit each other only when both are there.
  writeFileSync(keyPath, worse.private);
  writeFileSync(certPath, worse.cert);
  world.relay.signal('SIGHUP');
  await vi.waitFor(() => expect(lastRefusal()).toMatch(words), { timeout: 15_000, interval: 100 });
  expect(await shownNow()).toBe(before);
  // What the alert CausewayConfigRefused asks for.
  const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  expect(metrics).toMatch(/^causeway_config_last_reload_successful 0$/m);
  writeFileSync(keyPath, key);
  writeFileSync(certPath, cert);
});

it('a certificate that begins later is taken once it has begun, though its file stays as it is', async () => {
  const folder = dirname(world.dataDir);
  const before = await shownNow();
  const early = await make('localhost', '127.0.0.1', { fromMs: 6000, toMs: 86_400_000 });
  writeFileSync(join(folder, 'relay-key.pem'), early.private);
  writeFileSync(join(folder, 'relay.pem'), early.cert);
  world.relay.signal('SIGHUP');
  await vi.waitFor(() => expect(lastRefusal()).toMatch(/begins on .* only/), { timeout: 20_000, interval: 100 });
  const count = refusalCount();
  await vi.waitFor(
    async () => {
      // Any change in the folder has the relay look, as it does now and then.
      writeFileSync(join(folder, 'beside'), String(Date.now()));
      expect(await shownNow()).not.toBe(before);
    },
    { timeout: 30_000, interval: 500 },
  );
  expect(refusalCount()).toBe(count);
}, 90_000);
