import { chownSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { makeDemoCertificates } from '../support/demo-certificates.ts';
import { demoConfig } from '../support/demo-config.ts';
import { startIdp } from '../support/idp/start-idp.ts';
import { startInventory } from '../support/upstreams/start-inventory.ts';
import { startOrders } from '../support/upstreams/start-orders.ts';
import { startPayroll } from '../support/upstreams/start-payroll.ts';

// The demo company without a relay, for deploy/compose: its provider, its APIs, and a folder with what a relay needs. The
// relay is given STORAGE_URL and REDIS_URL.
const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: '/company' },
    owner: { type: 'string' },
    data: { type: 'string', default: '/var/lib/causeway' },
    'relay-port': { type: 'string', default: '8443' },
    'idp-port': { type: 'string', default: '9400' },
  },
});
const { folder } = options;
const relayPort = Number(options['relay-port']);
const relayUrl = `https://127.0.0.1:${relayPort}`;
const { caPath, certPath, keyPath } = await makeDemoCertificates(folder);
const idp = await startIdp({ audience: relayUrl, port: Number(options['idp-port']), host: '0.0.0.0' });
const [orders, payroll, inventory] = await Promise.all([startOrders(), startPayroll(), startInventory()]);
const {
  relay,
  admin: _,
  ...rest
} = demoConfig({
  relayUrl,
  relayPort,
  adminPort: 0,
  issuer: idp.issuer,
  clientId: idp.clientId,
  consoleClientId: '',
  audience: idp.audience,
  upstreams: { orders: orders.url, payroll: payroll.url, inventory: inventory.url },
  suggestPorts: true,
  logLevel: 'info',
});
const config = {
  ...rest,
  relay: { ...relay, listen: { host: '0.0.0.0', port: relayPort }, data: options.data },
  storage: '${env:STORAGE_URL}',
  shared_state: { store: 'redis', url: '${env:REDIS_URL}' },
};
const path = join(folder, 'relay.yaml');
writeFileSync(`${path}.new`, stringify(config), { mode: 0o600 });
if (options.owner !== undefined) {
  const owner = Number(options.owner);
  for (const file of [folder, caPath, certPath, keyPath, `${path}.new`]) chownSync(file, owner, owner);
}
// Whole or not at all: the relay starts once it is there.
renameSync(`${path}.new`, path);
console.log(`The company is at ${idp.issuer}, its relay’s configuration in ${folder}.`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
