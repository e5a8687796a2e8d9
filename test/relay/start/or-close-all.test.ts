import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { orCloseAll } from '../../../relay/start/or-close-all.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { freePort } from '../../support/free-port.ts';
import { isListening } from '../../support/is-listening.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const { cause } = vi.hoisted(() => ({ cause: new Error('the storage went away') }));
vi.mock('../../../relay/start/single-parts.ts', () => ({ startSingleParts: () => Promise.reject(cause) }));

const throws = (): never => {
  throw new Error('this one hangs');
};

it.each<[string, () => unknown]>([
  ['throws', throws],
  ['rejects', () => Promise.reject(new Error('this one hangs'))],
])('closes the rest when one of them %s, and tells why the start failed', async (_how, hangs) => {
  const closed: string[] = [];
  const start = orCloseAll<never>(async (didOpen) => {
    didOpen(() => closed.push('first'));
    didOpen(hangs);
    didOpen(async () => closed.push('last'));
    throw cause;
  });
  await expect(start).rejects.toBe(cause);
  expect(closed).toEqual(['last', 'first']);
});

it('a relay whose start fails behind its door doesn’t listen any more', async () => {
  const dir = temporaryFolder();
  const port = await freePort();
  const path = join(dir, 'relay.yaml');
  const listen = { host: '127.0.0.1', port };
  const config = {
    relay: { name: 'Test', url: `http://127.0.0.1:${port}`, listen, data: join(dir, 'data'), drain_seconds: 0 },
    issuers: [{ name: 'Acme', client_id: 'app', issuer: 'http://127.0.0.1:9', audience: 'app' }],
    apis: [{ id: 'echo', name: 'Echo', upstream: 'http://127.0.0.1:9', rules: [{ name: 'all', groups: ['staff'] }] }],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  await expect(startRelay(await loadConfig(path), pino({ level: 'silent' }))).rejects.toBe(cause);
  expect(await isListening(port)).toBe(false);
  rmSync(dir, { recursive: true, force: true });
});
