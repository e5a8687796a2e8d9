import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { stringify } from 'yaml';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { freePort } from '../../support/free-port.ts';
import { claimsFor, signToken, startIssuer, testKey } from '../identity/test-issuer.ts';

it('a flood of made-up keys keeps nobody with a newly rotated one out for more than two seconds, at either’s cost', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-rotated-'));
  const [oldKey, newKey] = await Promise.all([testKey('ES256', 'old'), testKey('ES256', 'new')]);
  const issuer = await startIssuer([oldKey]);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const data = join(dir, 'data');
  const config = {
    relay: { name: 'Test', url, listen: { host: '127.0.0.1', port }, data, drain_seconds: 0 },
    issuers: [{ name: 'Acme', issuer: issuer.url, client_id: 'causeway', audience: 'https://relay.example' }],
    apis: [],
  };
  const path = join(dir, 'relay.yaml');
  writeFileSync(path, stringify(config), { mode: 0o600 });
  const relay = await startRelay(await loadConfig(path), pino({ level: 'silent' }));
  onTestFinished(async () => {
    await relay.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const catalog = (token: string): Promise<Response> =>
    fetch(`${url}/v1/catalog`, { headers: { authorization: `Bearer ${token}` } });
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), { timeout: 20_000 });

  const genuine = await signToken(oldKey, claimsFor(issuer.url, Date.now()));
  const [, payload, signature] = genuine.split('.');
  let floods = true;
  let made = 0;
  const flood = async (): Promise<void> => {
    while (floods) {
      const header = { alg: 'ES256', typ: 'at+jwt', kid: `made-up-${(made += 1)}` };
      const { status } = await catalog(
        `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`,
      );
      expect([401, 503]).toContain(status);
    }
  };
  const flooding = Promise.all(Array.from({ length: 8 }, flood));
  issuer.keys = [newKey.publicJwk];
  const fresh = await signToken(newKey, claimsFor(issuer.url, Date.now()));
  const waits: number[] = [];
  let answer = await catalog(fresh);
  while (answer.status === 503 && waits.length < 10) {
    expect(await answer.json()).toMatchObject({ code: 'idp-unreachable' });
    waits.push(Number(answer.headers.get('retry-after')));
    await pause((waits.at(-1) ?? 0) * 1000);
    answer = await catalog(fresh);
  }
  floods = false;
  await flooding;
  expect(answer.status).toBe(200);
  expect(waits.length).toBeGreaterThan(0);
  expect(waits.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(2);
  expect(issuer.requests.filter((asked) => asked === '/jwks').length).toBeLessThanOrEqual(3);
  const recorded = queryAudit(data, { limit: 10_000 }).filter(({ record }) => record.type === 'authentication-refused');
  expect(recorded.length).toBe(made + waits.length);
});
