import { expect, it } from 'vitest';
import {
  authenticateBearer,
  claimsFor,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
} from './test-issuer.ts';

it('keys rotate under load without one failed valid request', async () => {
  const nowMs = 1_800_000_000_000;
  const clock = { nowMs };
  const keys = await Promise.all(['k0', 'k1', 'k2', 'k3'].map((kid) => testKey('ES256', kid)));
  const issuer = await startIssuer(keys.slice(0, 1));
  const relay = openAuthenticator([issuerConfig(issuer.url)], { now: () => clock.nowMs });
  let accepted = 0;
  for (const [at, key] of keys.entries()) {
    // As providers do it: the new key is published beside the one before, and signs from then on.
    issuer.keys = keys.slice(Math.max(0, at - 1), at + 1).map(({ publicJwk }) => publicJwk);
    clock.nowMs += 31_000;
    const signers = at === 0 ? [key] : [keys[at - 1] ?? key, key];
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_none, index) =>
        signToken(
          signers[index % signers.length] ?? key,
          claimsFor(issuer.url, clock.nowMs, { jti: `${at}-${index}` }),
        ),
      ),
    );
    await Promise.all(tokens.map((token) => authenticateBearer(relay, token)));
    accepted += tokens.length;
  }
  expect(accepted).toBe(800);
  expect(issuer.requests.filter((path) => path === '/jwks')).toHaveLength(4);
});
