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

const lastRefusal = (): string => {
  const [entry] = queryAudit(world.dataDir, { limit: 20, type: 'relay' }).filter(
    ({ record }) => record.type === 'relay' && record.event === 'policy-refused',
  );
  return entry?.record.type === 'relay' ? entry.record.detail : '';
};

it.each([
  ['that is over', 'localhost', '127.0.0.1', -3_600_000, /certificate that ended on/],
  ['of another name', 'other.example', '192.0.2.1', 86_400_000, /isn’t for 127\.0\.0\.1/],
])('a certificate %s doesn’t take the place of one that clients take', async (_what, name, ip, endsInMs, words) => {
  const folder = dirname(world.dataDir);
  const [certPath, keyPath] = [join(folder, 'relay.pem'), join(folder, 'relay-key.pem')];
  const [cert, key, before] = [readFileSync(certPath, 'utf8'), readFileSync(keyPath, 'utf8'), await shownNow()];
  const worse = await generate([{ name: 'commonName', value: name }], {
    notBeforeDate: new Date(Date.now() - 86_400_000),
    notAfterDate: new Date(Date.now() + endsInMs),
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
