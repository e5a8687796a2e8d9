import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addLock, listLocks } from '../../../relay/administration/locks.ts';
import { breakGlassKeys, openBreakGlassKeys } from '../../../relay/break-glass/signing-keys.ts';
import { loadConfig, type LoadedConfig } from '../../../relay/config/load-config.ts';
import { createDpopNonces } from '../../../relay/identity/dpop-nonces.ts';
import { openRedisBridgeKeys } from '../../../relay/saml/redis-bridge-keys.ts';
import { openNonceKey } from '../../../relay/shared-state/nonce-key.ts';
import { connectRedis, type RedisConnection } from '../../../relay/shared-state/redis-connection.ts';
import { redisSettings } from '../../../relay/shared-state/redis-settings.ts';
import { type SharedSecret, sharedSeal } from '../../../relay/shared-state/shared-secret.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { freePort } from '../../support/free-port.ts';
import { redisProgram, type RedisServer, startRedis } from '../../support/start-redis.ts';
import { minimalConfig } from '../config/config-folder.ts';

const log = pino({ level: 'silent' });
const patience = { timeout: 30_000, interval: 20 };
const [old, next] = ['o'.repeat(40), 'n'.repeat(40)];
/** With a secret there is nothing to agree on. */
const nowhere = {} as RedisConnection;
/** What a relay’s config has, one step after the other; neighbours run side by side. */
const steps: readonly SharedSecret[] = [
  { secret: old },
  { secret: old, other_secret: next },
  { secret: next, other_secret: old },
  { secret: next },
];
const neighbours = steps.slice(1).map((step, index) => [steps[index] ?? step, step] as const);

describe('the secret that relays share, while it is changed relay after relay,', () => {
  it.each(neighbours)('%j and %j open what the other seals', (one, other) => {
    const seals = [one, other].map((secret) => sharedSeal(() => secret, 'test'));
    for (const from of seals)
      for (const to of seals) expect(to?.open('here', from?.close('here', 'text') ?? '')).toBe('text');
  });

  it.each(neighbours)('%j and %j take each other’s emergency sign-ins', (one, other) => {
    const nowMs = Date.now();
    const keys = [one, other].map((secret) =>
      openBreakGlassKeys({ relay: { data: '/nowhere' } } as never, () => secret),
    );
    for (const from of keys)
      for (const to of keys) expect(to.published(nowMs).map(({ kid }) => kid)).toContain(from.current(nowMs).kid);
  });

  it.each(neighbours)('%j and %j take each other’s DPoP nonces', (one, other) => {
    const nonces = [one, other].map((secret) => {
      const key = openNonceKey(nowhere, () => secret);
      return createDpopNonces({ now: () => 0, secrets: () => key.current() });
    });
    for (const from of nonces) for (const to of nonces) expect(to.isValid(from.current())).toBe(true);
  });

  it('publishes each key of emergency sign-ins once, also where both are the same', () => {
    const kids = breakGlassKeys(Buffer.from(old), Buffer.from(old))
      .published(Date.now())
      .map(({ kid }) => kid);
    expect(kids).toHaveLength(3);
    expect(new Set(kids).size).toBe(3);
  });

  it('isn’t the old one any more once that is gone', () => {
    const [first, , , last] = steps.map((secret) => sharedSeal(() => secret, 'test'));
    expect(last?.open('here', first?.close('here', 'text') ?? '')).toBeUndefined();
    const nowMs = Date.now();
    const kids = breakGlassKeys(Buffer.from(next))
      .published(nowMs)
      .map(({ kid }) => kid);
    expect(kids).not.toContain(breakGlassKeys(Buffer.from(old)).current(nowMs).kid);
  });
});

describe.runIf(redisProgram !== null)('at a Redis', { timeout: 120_000 }, () => {
  let server: RedisServer;
  let folder: string;
  const acl = async (...rules: readonly string[]): Promise<void> => {
    const client = await createClient({ url: server.url }).connect();
    await client.sendCommand(['ACL', 'SETUSER', 'relay', ...rules]);
    client.destroy();
  };
  const put = (password: string): void => {
    writeFileSync(join(folder, 'password.new'), `${password}\n`, { mode: 0o600 });
    renameSync(join(folder, 'password.new'), join(folder, 'password'));
  };
  beforeAll(async () => {
    server = await startRedis();
    folder = mkdtempSync(join(tmpdir(), 'causeway-redis-password-'));
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const load = async (url: string, more = '') => {
    const path = join(folder, 'relay.yaml');
    const relay = `  listen: { port: ${await freePort()} }\n  data: data`;
    const shared = `shared_state: { store: redis, url: ${JSON.stringify(url)}, timeout_ms: 5000, on_failure: deny${more} }\n`;
    writeFileSync(path, `${minimalConfig({ relay })}${shared}`, { mode: 0o600 });
    return loadConfig(path);
  };
  const address = (options = '?password_file=password'): string => `redis://relay@127.0.0.1:${server.port}/0${options}`;

  it('the bridge’s keys stay while the shared secret is changed, and are sealed with the new one before the old one goes', async () => {
    const redis = connectRedis({ url: server.url, prefix: 'bridge', timeoutMs: 5000 }, log);
    const fingerprints: unknown[] = [];
    for (const step of steps) {
      const seal = sharedSeal(() => step, 'saml bridge');
      if (seal === undefined) throw new Error('there is a secret');
      const keys = await openRedisBridgeKeys(redis, seal, Date.now);
      fingerprints.push(JSON.stringify(keys.current()?.jwks));
    }
    expect(new Set(fingerprints).size).toBe(1);
    redis.close();
  });

  it('is changed by a reload of one relay: emergency sign-ins, nonces and what it seals go by the new one at once', async () => {
    const port = await freePort();
    const path = join(folder, 'reloaded.yaml');
    const load = async (now: SharedSecret): Promise<LoadedConfig> => {
      const shared = {
        store: 'redis',
        url: server.url,
        prefix: 'reloaded',
        timeout_ms: 5000,
        on_failure: 'deny',
        ...now,
      };
      const accounts = { accounts: [{ name: 'kim', groups: ['sre'], sign_in: 'passphrase' }] };
      const relay = `  listen: { port: ${port} }\n  data: reloaded`;
      const tail = `shared_state: ${JSON.stringify(shared)}\nbreak_glass: ${JSON.stringify(accounts)}`;
      writeFileSync(path, minimalConfig({ relay, tail }), { mode: 0o600 });
      return loadConfig(path);
    };
    const lines: string[] = [];
    const relay = await startRelay(
      await load({ secret: old }),
      pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
    );
    const published = async (): Promise<readonly unknown[]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/break-glass/jwks`);
      return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    };
    const kidsOf = (secret: string): readonly unknown[] =>
      breakGlassKeys(Buffer.from(secret))
        .published(Date.now())
        .map(({ kid }) => kid);
    const redis = connectRedis({ url: server.url, prefix: 'reloaded', timeoutMs: 5000 }, log);
    const sealedWith = async (secret: string): Promise<boolean> => {
      const name = redis.key('identity-keys');
      const entries = Object.entries(await redis.run((client) => client.hGetAll(name)));
      const seal = sharedSeal(() => ({ secret }), 'identity keys');
      return entries.length > 0 && entries.every(([kid, text]) => seal?.open(`${name} ${kid}`, text) !== undefined);
    };
    try {
      await redis.untilReady();
      expect(await published()).toEqual(kidsOf(old));
      await vi.waitFor(async () => expect(await sealedWith(old)).toBe(true), patience);
      for (const step of steps.slice(1)) relay.reload(await load(step));
      expect(await published()).toEqual(kidsOf(next));
      await vi.waitFor(async () => expect(await sealedWith(next)).toBe(true), patience);
      expect(lines.filter((line) => line.includes('next start'))).toEqual([]);
    } finally {
      redis.close();
      await relay.close();
    }
  });

  it('a config is refused whose secrets are the same, also by other names', async () => {
    put('first');
    for (const name of ['one', 'same']) writeFileSync(join(folder, name), `${old}\n`, { mode: 0o600 });
    await expect(load(address(), ', secret: "${file:one}", other_secret: "${file:same}"')).rejects.toThrow(
      /other_secret: is the same as “secret”\. Write the one before/,
    );
  });

  it.each([
    ['a file that isn’t there', '?password_file=nope', 'doesn’t exist'],
    ['no path', '?password_file=', 'without a path'],
    ['two files', '?password_file=password&password_file=password', 'names password_file twice'],
    ['another option', '?timeout=3', 'doesn’t know: timeout'],
  ])('an address is refused with %s', async (_what, options, words) => {
    put('first');
    await expect(load(address(options))).rejects.toThrow(words);
  });

  it('a password stands in one place, closed to others', async () => {
    put('first');
    await expect(load(address().replace('relay@', 'relay:first@'))).rejects.toThrow('a password and a password_file');
    writeFileSync(join(folder, 'open'), 'first', { mode: 0o644 });
    await expect(load(address('?password_file=open'))).rejects.toThrow('others on this system can read');
    const { config } = await load(address());
    expect(redisSettings(config)).toMatchObject({ passwordFile: join(folder, 'password') });
    expect(redisSettings(config)?.url).not.toContain('password');
  });

  it('the password is changed while a relay runs: what connects meanwhile gets in, and nothing fails', async () => {
    put('first');
    await acl('on', 'resetpass', '>first', '~*', '&*', '+@all');
    const loaded = await load(address());
    const relay = await startRelay(loaded, log);
    const place = { dataDir: loaded.config.relay.data, redis: redisSettings(loaded.config), storage: undefined };
    let isOver = false;
    const failures: string[] = [];
    let count = 0;
    const asking = (async () => {
      while (!isOver) {
        // A connection of its own each time.
        await listLocks(place, { all: true }, Date.now()).catch((error: unknown) => failures.push(String(error)));
        count += 1;
      }
    })();
    try {
      await vi.waitFor(() => expect(count).toBeGreaterThan(3), patience);
      await acl('>second');
      put('second');
      const changedAt = count;
      await vi.waitFor(() => expect(count).toBeGreaterThan(changedAt + 3), patience);
      await acl('<first');
      const removedAt = count;
      await vi.waitFor(() => expect(count).toBeGreaterThan(removedAt + 3), patience);
      const target = { type: 'person', who: 'mallory', issuer: null } as const;
      await addLock(place, target, { author: 'dana', reason: 'Test', untilMs: null }, Date.now());
      expect(await listLocks(place, { all: false }, Date.now())).toHaveLength(1);
    } finally {
      isOver = true;
      await asking;
      await relay.close();
    }
    expect(failures).toEqual([]);
  });

  it('a connection that was lost comes back with the password of now', async () => {
    put('third');
    await acl('resetpass', '>third', 'on', '~*', '&*', '+@all');
    const settings = redisSettings((await load(address())).config);
    if (settings === undefined) throw new Error('there is a Redis');
    const redis = connectRedis(settings, log);
    await redis.untilReady();
    put('fourth');
    await acl('resetpass', '>fourth');
    const client = await createClient({ url: server.url }).connect();
    await client.sendCommand(['CLIENT', 'KILL', 'USER', 'relay']);
    client.destroy();
    await vi.waitFor(async () => expect(await redis.run((to) => to.ping())).toBe('PONG'), patience);
    redis.close();
  });
});
