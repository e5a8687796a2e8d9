import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { AccessError } from '../../../../shared/errors.ts';
import type { AdminEnv } from '../../../../relay/admin/admin-env.ts';
import { answerThrown } from '../../../../relay/admin/admin-problem.ts';
import { type IdempotentActs, idempotentActs } from '../../../../relay/admin/idempotent-acts.ts';
import { readIdempotencyKey } from '../../../../relay/admin/idempotency/idempotency-key.ts';
import { openSharedTakenKeys, type SharedTakenKeys } from '../../../../relay/acts/shared-taken-keys.ts';
import { openTakenKeys, type TakenKeys } from '../../../../relay/admin/idempotency/taken-keys.ts';
import { startStorage, type StorageServer } from '../../../support/start-storage.ts';
import { postgresPrograms } from '../../../support/start-postgres.ts';
import { temporaryFolder } from '../../audit/audit-fixtures.ts';

interface World {
  readonly acts: IdempotentActs;
  done: number;
  ask(
    body: string,
    more?: { key?: string; user?: string; path?: string; method?: string },
  ): Promise<[number, string, string | null]>;
}
const open: World[] = [];
afterEach(() => {
  for (const { acts } of open.splice(0)) acts.close();
});

/** An API whose act says how often it was done; `answer` decides what it says. */
function worldOf(
  dataDir: string,
  {
    now = Date.now,
    answer = (_body: string): number | Promise<number> => 200,
    shared = null as SharedTakenKeys | null,
    own = () => openTakenKeys(dataDir),
  } = {},
): World {
  const acts = idempotentActs({ own, shared: shared === null ? null : () => shared }, now);
  const app = new Hono<AdminEnv>();
  app.onError((error, context) => answerThrown(context, error, pino({ level: 'silent' })));
  app.use(async (context, next) => {
    const username = context.req.header('user') ?? 'dana';
    context.set('caller', {
      name: username,
      person: { issuer: 'i', subject: username, username },
      roles: ['owner'],
    } as never);
    await next();
  });
  app.use(async (context, next) => acts.middleware(context, next));
  app.all('*', async (context) => {
    const body = await context.req.text();
    const status = await answer(body);
    world.done += 1;
    if (body === 'a secret') context.set('isToldOnce', true);
    return context.json({ done: world.done, body }, status as 200);
  });
  const world: World = {
    acts,
    done: 0,
    async ask(body, { key, user = 'dana', path = '/act', method = 'POST' } = {}) {
      const headers = { user, ...(key === undefined ? {} : { 'Idempotency-Key': key }) };
      const answered = await app.request(path, { method, headers, ...(method === 'POST' ? { body } : {}) });
      const found = (await answered.json()) as { code?: string; done?: number };
      return [answered.status, String(found.code ?? found.done), answered.headers.get('idempotent-replayed')];
    },
  };
  open.push(world);
  return world;
}

describe('a request with a key', () => {
  it('is carried out once, and answered the same each time', async () => {
    const world = worldOf(temporaryFolder());
    expect(await world.ask('a', { key: '"k"' })).toEqual([200, '1', null]);
    expect(await world.ask('a', { key: '"k"' })).toEqual([200, '1', 'true']);
    expect(await world.ask('a', { key: 'k' })).toEqual([200, '1', 'true']);
    expect(world.done).toBe(1);
  });

  it('whose answer is told once gets it once, and isn’t carried out again', async () => {
    const world = worldOf(temporaryFolder());
    expect(await world.ask('a secret', { key: '"k"' })).toEqual([200, '1', null]);
    expect(await world.ask('a secret', { key: '"k"' })).toEqual([409, 'key-in-use', null]);
    expect(await world.ask('another', { key: '"k"' })).toEqual([422, 'key-reused', null]);
    expect(world.done).toBe(1);
  });

  it.each([
    ['another body', 'b', {}, [422, 'key-reused', null]],
    ['another address', 'a', { path: '/other' }, [422, 'key-reused', null]],
    ['another query', 'a', { path: '/act?x=1' }, [422, 'key-reused', null]],
    ['another operator', 'a', { user: 'erin' }, [200, '2', null]],
    ['another key', 'a', { key: '"other"' }, [200, '2', null]],
    ['a reading', '', { method: 'GET' }, [200, '2', null]],
  ] as const)('with %s is another one', async (_what, body, more, expected) => {
    const world = worldOf(temporaryFolder());
    await world.ask('a', { key: '"k"' });
    expect(await world.ask(body, { key: '"k"', ...more })).toEqual(expected);
  });

  it('that is still being carried out is refused, also with another body', async () => {
    const gate = Promise.withResolvers<number>();
    const begun = Promise.withResolvers<void>();
    const answer = (): Promise<number> => {
      begun.resolve();
      return gate.promise;
    };
    const world = worldOf(temporaryFolder(), { answer });
    const first = world.ask('a', { key: '"k"' });
    await begun.promise;
    expect(await world.ask('a', { key: '"k"' })).toEqual([409, 'key-in-use', null]);
    expect(await world.ask('b', { key: '"k"' })).toEqual([422, 'key-reused', null]);
    gate.resolve(200);
    expect(await first).toEqual([200, '1', null]);
  });

  it.each([400, 403, 429, 503])('that was refused with %s leaves its key free', async (status) => {
    let next = status;
    const world = worldOf(temporaryFolder(), { answer: () => next });
    expect((await world.ask('a', { key: '"k"' }))[0]).toBe(status);
    next = 200;
    expect((await world.ask('corrected', { key: '"k"' }))[0]).toBe(200);
  });

  it('that was refused isn’t under way any more, also where its key can’t be released', async () => {
    const folder = temporaryFolder();
    const own = (): TakenKeys => ({
      ...openTakenKeys(folder),
      take: () => 'new',
      release() {
        throw new Error('disk full');
      },
    });
    const released: string[] = [];
    const shared: SharedTakenKeys = {
      take: async () => 'new',
      release: async (id) => void released.push(id),
    };
    const world = worldOf(folder, { answer: () => 503, own, shared });
    expect((await world.ask('a', { key: '"k"' }))[0]).toBe(500);
    expect((await world.ask('a', { key: '"k"' }))[1]).not.toBe('key-in-use');
    expect(released).toHaveLength(2);
  });

  it('is never carried out a second time after a restart, which says so', async () => {
    const folder = temporaryFolder();
    await worldOf(folder).ask('a', { key: '"k"' });
    const later = worldOf(folder);
    expect(await later.ask('a', { key: '"k"' })).toEqual([409, 'key-in-use', null]);
    expect(await later.ask('b', { key: '"k"' })).toEqual([422, 'key-reused', null]);
    expect(later.done).toBe(0);
  });

  it('is forgotten after a day', async () => {
    const folder = temporaryFolder();
    let nowMs = 1_000_000;
    await worldOf(folder, { now: () => nowMs }).ask('a', { key: '"k"' });
    nowMs += 86_400_001;
    expect(await worldOf(folder, { now: () => nowMs }).ask('b', { key: '"k"' })).toEqual([200, '1', null]);
  });

  it('without one is carried out each time', async () => {
    const world = worldOf(temporaryFolder());
    expect([await world.ask('a'), await world.ask('a')]).toEqual([
      [200, '1', null],
      [200, '2', null],
    ]);
  });
});

describe('keys', () => {
  it.each([
    ['"a b"', 'a b'],
    [String.raw`"a\"\\b"`, String.raw`a"\b`],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ])('%s is read', (header, key) => {
    expect(readIdempotencyKey(header)).toBe(key);
  });

  it.each(['', '""', '"', 'a b', '"a', '"é"', '"a";x=1', 'a, b', `"${'x'.repeat(201)}"`, String.raw`"a\b"`])(
    '%j is refused',
    (header) => {
      expect(() => readIdempotencyKey(header)).toThrow('“Idempotency-Key” must be a string');
    },
  );
});

describe.runIf(postgresPrograms !== null)(
  'of relays that share a storage, a request with a key',
  { timeout: 120_000 },
  () => {
    let storage: StorageServer;
    beforeAll(async () => void (storage = await startStorage()));
    afterAll(() => storage?.stop());
    const relays = (count: number, options: { now?: () => number; answer?: () => number } = {}): readonly World[] =>
      Array.from({ length: count }, () =>
        worldOf(temporaryFolder(), { ...options, shared: openSharedTakenKeys(storage.connect()) }),
      );
    const doneBy = (worlds: readonly World[]): number => worlds.reduce((sum, { done }) => sum + done, 0);

    it('is carried out by one, also when several get it at once', async () => {
      const worlds = relays(4);
      const answers = await Promise.all(worlds.map((world) => world.ask('a', { key: '"at-once"' })));
      expect(doneBy(worlds)).toBe(1);
      expect(answers.map(([status]) => status).toSorted((one, other) => one - other)).toEqual([200, 409, 409, 409]);
      const [, , , last] = worlds;
      expect(await last?.ask('b', { key: '"at-once"' })).toEqual([422, 'key-reused', null]);
      expect(await relays(1)[0]?.ask('b', { key: '"at-once"' })).toEqual([422, 'key-reused', null]);
    });

    it('that was refused is carried out by the next', async () => {
      let status = 503;
      const [one, other] = relays(2, { answer: () => status });
      expect((await one?.ask('a', { key: '"refused"' }))?.[0]).toBe(503);
      status = 200;
      expect((await other?.ask('a', { key: '"refused"' }))?.[0]).toBe(200);
      expect((await one?.ask('a', { key: '"refused"' }))?.[0]).toBe(409);
    });

    it('is carried out by one that refused it before while another carried it out, once that has given up', async () => {
      const gate = Promise.withResolvers<number>();
      const begun = Promise.withResolvers<void>();
      const answer = (): Promise<number> => {
        begun.resolve();
        return gate.promise;
      };
      const shared = (): SharedTakenKeys => openSharedTakenKeys(storage.connect());
      const one = worldOf(temporaryFolder(), { answer, shared: shared() });
      const other = worldOf(temporaryFolder(), { shared: shared() });
      const first = one.ask('a', { key: '"gave-up"' });
      await begun.promise;
      expect(await other.ask('a', { key: '"gave-up"' })).toEqual([409, 'key-in-use', null]);
      gate.resolve(503);
      expect((await first)[0]).toBe(503);
      expect(await other.ask('a', { key: '"gave-up"' })).toEqual([200, '1', null]);
    });

    it('stays taken when a relay that didn’t reach the storage refuses it', async () => {
      const [one] = relays(1);
      expect((await one?.ask('a', { key: '"taken"' }))?.[0]).toBe(200);
      const real = openSharedTakenKeys(storage.connect());
      let isAway = true;
      const shared: SharedTakenKeys = {
        take: async (...asked) => {
          if (isAway) throw new AccessError('shared-state-unavailable', 'away');
          return real.take(...asked);
        },
        release: async (id) => real.release(id),
      };
      const other = worldOf(temporaryFolder(), { shared, answer: () => 503 });
      expect((await other.ask('a', { key: '"taken"' }))[0]).toBe(503);
      isAway = false;
      expect(await other.ask('a', { key: '"taken"' })).toEqual([409, 'key-in-use', null]);
      expect(await relays(1)[0]?.ask('a', { key: '"taken"' })).toEqual([409, 'key-in-use', null]);
    });

    it('counts for a day', async () => {
      let nowMs = Date.now();
      const [one, other] = relays(2, { now: () => nowMs });
      expect((await one?.ask('a', { key: '"day"' }))?.[0]).toBe(200);
      nowMs += 86_400_001;
      expect((await other?.ask('b', { key: '"day"' }))?.[0]).toBe(200);
    });

    it('is carried out while the storage is away, once by each', async () => {
      const [one] = relays(1);
      await storage.server.kill();
      expect(await one?.ask('a', { key: '"away"' })).toEqual([200, '1', null]);
      expect(await one?.ask('a', { key: '"away"' })).toEqual([200, '1', 'true']);
      await storage.server.restart();
    });
  },
);
