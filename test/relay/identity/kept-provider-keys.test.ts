import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { keepProviderKeys } from '../../../relay/identity/kept-provider-keys.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { freePort } from '../../support/free-port.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const hourMs = 3_600_000;

interface World {
  readonly keysFolder: string;
  readonly relayUrl: string;
  readonly idp: Idp;
  readonly clock: ManualClock;
  readonly logged: readonly string[];
  restart(): Promise<void>;
}

async function setUp(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-kept-'));
  const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const closer of closers.toReversed()) await closer();
  });
  const port = await freePort();
  const relayUrl = `http://127.0.0.1:${port}`;
  const clock = createManualClock(Date.now());
  const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 48 * 3600, now: clock.now });
  closers.push(() => idp.close());
  const path = join(dir, 'relay.yaml');
  const data = join(dir, 'data');
  const config = {
    relay: { name: 'Test', url: relayUrl, listen: { host: '127.0.0.1', port }, data, drain_seconds: 0 },
    issuers: [
      {
        name: 'Acme',
        issuer: idp.issuer,
        client_id: idp.clientId,
        audience: relayUrl,
        max_stale_keys_seconds: 3600,
      },
    ],
    apis: [{ id: 'echo', name: 'Echo', upstream: 'http://127.0.0.1:1', rules: [{ name: 'all', groups: ['*'] }] }],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const start = async (): Promise<Relay> => startRelay(await loadConfig(path), log, clock);
  let relay = await start();
  closers.push(() => relay.close());
  return {
    keysFolder: join(data, 'provider-keys'),
    relayUrl,
    idp,
    clock,
    logged,
    async restart() {
      await relay.close();
      relay = await start();
    },
  };
}

async function status({ relayUrl }: World, token: string): Promise<number> {
  const response = await fetch(`${relayUrl}/v1/catalog`, { headers: { authorization: `Bearer ${token}` } });
  await response.body?.cancel();
  return response.status;
}

function keyFile({ keysFolder }: World): string {
  return join(keysFolder, readdirSync(keysFolder).find((name) => name.endsWith('.json')) ?? '');
}

describe('a relay that is restarted while its provider is away', () => {
  it('serves those who are signed in, is ready, and refuses what the provider never signed', async () => {
    const world = await setUp();
    const token = await world.idp.mintAccessToken({ user: 'alice' });
    expect(await status(world, token)).toBe(200);
    expect(statSync(keyFile(world)).mode & 0o777).toBe(0o600);
    expect(statSync(join(world.keysFolder, 'secret')).mode & 0o777).toBe(0o600);

    await world.idp.setAvailability('refuse');
    await world.restart();
    expect(await status(world, token)).toBe(200);
    expect((await fetch(`${world.relayUrl}/readyz`)).status).toBe(200);
    expect(world.logged.join('')).toContain('issuer’s keys are those of before the restart');
    expect(await status(world, `${token.slice(0, -8)}AAAAAAAA`)).toBe(401);
  });

  it('counts the age of the keys from when they were fetched, not from the restart', async () => {
    const world = await setUp();
    const token = await world.idp.mintAccessToken({ user: 'alice' });
    expect(await status(world, token)).toBe(200);
    await world.idp.setAvailability('refuse');
    await world.clock.advance(hourMs);
    await world.restart();
    expect(await status(world, token)).toBe(200);
    await world.clock.advance(hourMs / 2);
    expect(await status(world, token)).toBe(503);
    await world.restart();
    expect(await status(world, token)).toBe(503);
    expect(world.logged.join('')).toMatch(/longer ago than max_stale_keys_seconds allows/);
    await world.idp.setAvailability('up');
    await world.clock.advance(60_000);
    expect(await status(world, token)).toBe(200);
  });

  it('takes no keys from a file that somebody else has changed, and says why', async () => {
    const world = await setUp();
    const token = await world.idp.mintAccessToken({ user: 'alice' });
    expect(await status(world, token)).toBe(200);
    await world.idp.setAvailability('refuse');
    const file = keyFile(world);
    const whole = readFileSync(file, 'utf8');
    const changed: readonly (readonly [what: string, text: string])[] = [
      ['in one character', whole.replace('jwks_uri', 'jwks_urj')],
      ['and signed by nobody', whole.replace(/"mac":"[^"]*"/, '"mac":""')],
      ['and cut off', whole.slice(0, whole.length / 2)],
      ['into nothing', ''],
      ['into another thing', '[]'],
    ];
    for (const [what, text] of changed) {
      writeFileSync(file, text);
      const before = world.logged.length;
      await world.restart();
      expect([what, await status(world, token)]).toEqual([what, 503]);
      expect([what, world.logged.slice(before).join('')]).toEqual([
        what,
        expect.stringMatching(/isn’t as this relay wrote it/),
      ]);
    }
    writeFileSync(file, whole);
    await world.restart();
    expect(await status(world, token)).toBe(200);
  });
});

describe('keys on disk', () => {
  const issuer = { issuer: 'https://idp.example.com' };
  const document = { fetchedAtMs: 1000 * hourMs, metadata: { jwks_uri: 'https://idp.example.com/jwks' }, jwks: {} };
  const limits = { nowMs: 1001 * hourMs, longestMs: 2 * hourMs };

  it.each<[what: string, issuer: Parameters<ReturnType<typeof keepProviderKeys>['read']>[0], limits: typeof limits]>([
    ['of another provider', { issuer: 'https://other.example.com' }, limits],
    ['from another address of the keys', { ...issuer, jwks_uri: 'https://evil.example.com/jwks' }, limits],
    ['from another address of the metadata', { ...issuer, metadata_url: 'https://evil.example.com/m' }, limits],
    ['too old', issuer, { ...limits, nowMs: 1002 * hourMs }],
    ['of the future', issuer, { ...limits, nowMs: 999 * hourMs }],
  ])('aren’t taken when they are %s', (_what, asked, asOf) => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-kept-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const log = pino({ level: 'silent' });
    keepProviderKeys(dir, log).save(issuer, document);
    expect(keepProviderKeys(dir, log).read(asked, asOf)).toBeNull();
    expect(keepProviderKeys(dir, log).read(issuer, limits)).toEqual(document);
  });

  it('of a relay with another secret aren’t taken', () => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-kept-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const log = pino({ level: 'silent' });
    keepProviderKeys(dir, log).save(issuer, document);
    rmSync(join(dir, 'provider-keys', 'secret'));
    expect(keepProviderKeys(dir, log).read(issuer, limits)).toBeNull();
  });
});
