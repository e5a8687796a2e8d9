import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { configSchema } from '../relay/config/config-schema.ts';
import { createAuthenticator } from '../relay/identity/create-authenticator.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';

const audience = 'https://relay.example';
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/**
 * Cold validations on one core: every token is new to the relay, so each one is parsed, checked and verified.
 * `node-crypto` verifies such signatures and does nothing else.
 */
export const identity: Bench = async ({ quick, rounds, systems, say }) => {
  const figures: Figure[] = [];
  const count = quick ? 500 : 3000;
  for (const algorithm of algorithms) {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: algorithm, alg: algorithm, use: 'sig' };
    await using provider = await serveKeys([jwk]);
    const issuer = configSchema.parse({
      relay: { name: 'Bench', url: audience },
      issuers: [{ name: 'Bench', issuer: provider.url, client_id: 'causeway', audience }],
      apis: [],
    }).issuers;
    const authenticator = createAuthenticator({
      issuers: issuer,
      relayUrl: audience,
      maxTokenBytes: 16_384,
      log: pino({ level: 'silent' }),
    });
    const causeway = async (token: string): Promise<void> => {
      await authenticator.authenticate({ scheme: 'bearer', token, dpopProof: undefined, method: 'GET', url: audience });
    };
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), ...cryptoOptions(algorithm) };
    const raw = (token: string): void => {
      const end = token.lastIndexOf('.');
      const hash = algorithm === 'EdDSA' ? null : 'sha256';
      const signature = Buffer.from(token.slice(end + 1), 'base64url');
      if (!verify(hash, Buffer.from(token.slice(0, end)), key, signature)) throw new Error('a signature is wrong');
    };
    const validators = (
      [
        ['causeway', causeway],
        ['node-crypto', raw],
      ] as const
    ).filter(([system]) => systems.length === 0 || systems.includes(system));
    try {
      // The keys are there, and the code is warm.
      for (const token of await tokensFor(provider.url, algorithm, privateKey, quick ? 1000 : 3000)) {
        await causeway(token);
        raw(token);
      }
      const measured = validators.map(() => [] as Measured[]);
      // In turns, so that what else the machine does weighs on both alike.
      for (let round = 0; round < rounds * turns; round += 1)
        for (const [index, [, validate]] of validators.entries()) {
          const tokens = await tokensFor(provider.url, algorithm, privateKey, count / turns);
          measured[index]?.push(await measure(tokens, validate));
        }
      for (const [index, [system]] of validators.entries()) {
        const middle = (name: keyof Measured): number =>
          rounded(median((measured[index] ?? []).map((one) => one[name])));
        const figure = {
          validationsPerSecond: middle('validationsPerSecond'),
          p50Ms: middle('p50Ms'),
          p99Ms: middle('p99Ms'),
          cpuMsPerRequest: middle('cpuMsPerRequest'),
        };
        const perCpuSecond = rounded(1000 / figure.cpuMsPerRequest).toLocaleString('en');
        say(
          `${algorithm} ${system}: ${figure.validationsPerSecond.toLocaleString('en')} validations/s, ${perCpuSecond} in a second of CPU time`,
        );
        figures.push({ bench: 'identity', case: algorithm, system, ...figure });
      }
    } finally {
      authenticator.close();
    }
  }
  return figures;
};

/** Rounds are cut into this many turns. */
const turns = 5;

function cryptoOptions(algorithm: string): object {
  if (algorithm === 'PS256') return { padding: 6, saltLength: 32 };
  return algorithm === 'ES256' ? { dsaEncoding: 'ieee-p1363' } : {};
}

interface Measured {
  readonly validationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
}

async function measure(
  tokens: readonly string[],
  validate: (token: string) => Promise<void> | void,
): Promise<Measured> {
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (const token of tokens) {
    const before = performance.now();
    await validate(token);
    times.push(performance.now() - before);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return {
    validationsPerSecond: tokens.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMsPerRequest: (user + system) / 1000 / tokens.length,
  };
}

async function tokensFor(issuer: string, algorithm: string, key: CryptoKey, count: number): Promise<string[]> {
  const groups = Array.from({ length: 20 }, (_none, index) => `group-${index}`);
  const claims = {
    preferred_username: 'alice',
    name: 'Alice',
    email: 'alice@example.com',
    groups,
    client_id: 'causeway',
  };
  return Promise.all(
    Array.from({ length: count }, () =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject('subject-alice')
        .setIssuedAt()
        .setExpirationTime('10m')
        .setJti(crypto.randomUUID())
        .sign(key),
    ),
  );
}

async function serveKeys(keys: readonly object[]): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const issuer = `http://${request.headers.host}`;
    response.end(JSON.stringify(request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
