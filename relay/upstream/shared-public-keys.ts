import type { JWK } from 'jose';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { Seal } from '../shared-state/seal.ts';

/** The public keys of all relays, so that each can publish them: a verifier may ask any. */
export interface SharedPublicKeys {
  /** This relay's keys first, then those of the others that were heard of within the last hour. */
  all(): readonly JWK[];
  close(): void;
}

export interface SharedPublicKeysOptions {
  readonly redis: RedisConnection;
  /** Without it, whoever can write to Redis could add a key. */
  readonly seal: Seal | undefined;
  readonly own: () => readonly JWK[];
  readonly log: Logger;
  readonly now?: () => number;
  /** How often relays tell and ask, milliseconds. Default 2 s. */
  readonly everyMs?: number;
}

const forgetAfterMs = 3_600_000;
const entrySchema = z.object({
  atMs: z.number(),
  jwk: z.object({
    kid: z.string(),
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    alg: z.literal('ES256'),
    use: z.literal('sig'),
  }),
});

/** Begins to tell the other relays of this one's keys, and to listen to theirs; while Redis is away the last known stay. */
export function sharePublicKeys(options: SharedPublicKeysOptions): SharedPublicKeys {
  const { redis, seal, own, log, now = Date.now, everyMs = 2000 } = options;
  const name = redis.key('identity-keys');
  let others: readonly JWK[] = [];
  let isBusy = false;

  const tell = async (): Promise<void> => {
    const fields = own().map((jwk): [string, string] => {
      const text = JSON.stringify({ atMs: now(), jwk });
      return [jwk.kid ?? '', seal?.close(`${name} ${jwk.kid}`, text) ?? text];
    });
    await redis.run((client) => client.hSet(name, fields));
  };

  const ask = async (): Promise<void> => {
    const all = await redis.run((client) => client.hGetAll(name));
    const found: JWK[] = [];
    const old: string[] = [];
    for (const [kid, value] of Object.entries(all)) {
      const entry = read(seal === undefined ? value : seal.open(`${name} ${kid}`, value));
      if (entry === undefined || entry.jwk.kid !== kid) continue;
      if (entry.atMs + forgetAfterMs < now()) old.push(kid);
      else found.push(entry.jwk);
    }
    others = found;
    if (old.length > 0) await redis.run((client) => client.hDel(name, old));
  };

  const exchange = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      await tell();
      await ask();
    } catch (error) {
      log.debug({ err: error }, 'keys can’t be exchanged with the other relays now');
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void exchange(), everyMs);
  timer.unref();
  redis.untilReady().then(exchange, () => undefined);

  return {
    all() {
      const mine = own();
      return [...mine, ...others.filter(({ kid }) => !mine.some((key) => key.kid === kid))];
    },
    close: () => clearInterval(timer),
  };
}

function read(text: string | undefined): z.infer<typeof entrySchema> | undefined {
  if (text === undefined) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
