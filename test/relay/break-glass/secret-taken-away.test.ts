import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { breakGlassKeys } from '../../../relay/break-glass/signing-keys.ts';
import { keepWhetherSealed } from '../../../relay/config/keep-whether-sealed.ts';
import type { LoadedConfig } from '../../../relay/config/load-config.ts';
import { ofSecret, type SharedSecret, sharedSeal } from '../../../relay/shared-state/shared-secret.ts';
import { optionsOf, PersonBrowser, startBreakGlassWorld } from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

const [one, other] = ['o'.repeat(40), 'n'.repeat(40)];

it('a reload that takes the shared secret away leaves its keys in force until the next start: no key of nothing counts', async () => {
  const world = await startBreakGlassWorld({}, { shared_state: { secret: one } });
  const key = new SoftAuthenticator(world.relayUrl);
  const person = new PersonBrowser(world);
  await person.enrolPasskey(world.invite('kim'), key);
  const client = await createTestClient(world.issuer);
  const page = await person.open(client.authorizeUrl());
  const done = await person.usePasskey(page, key.get(optionsOf(page)));
  const code = /code=([\w-]{43})/.exec(done.text)?.[1] ?? '';
  const token = String((await client.redeem(code)).body['access_token']);
  const catalog = async (of: string): Promise<number> => {
    const url = `${world.relayUrl}/v1/catalog`;
    const headers = { authorization: `DPoP ${of}`, dpop: await client.proof('GET', url, of) };
    return (await fetch(url, { headers })).status;
  };
  const published = async (): Promise<readonly string[]> => {
    const answer = await fetch(`${world.issuer}/jwks`);
    return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  const ofNothing = breakGlassKeys(Buffer.from('')).current(Date.now());
  const forged = await new SignJWT(decodeJwt(token))
    .setProtectedHeader({ ...decodeProtectedHeader(token), alg: 'ES256', kid: ofNothing.kid })
    .sign(ofNothing.privateKey);
  /** 503 while it waits to ask for unknown keys again. */
  const refused = [401, 503];
  expect(await catalog(token)).toBe(200);
  expect(refused).toContain(await catalog(forged));
  const before = await published();

  await world.reload(({ shared_state: _gone, ...config }) => config);
  expect(await published()).toEqual(before);
  await expect.poll(() => catalog(token), { timeout: 30_000 }).toBe(200);
  expect(refused).toContain(await catalog(forged));
  expect(world.logged.filter((line) => line.includes('next start')).join('\n')).toContain('"shared_state"');

  await world.restart();
  const after = await published();
  for (const kid of [...before, ofNothing.kid]) expect(after).not.toContain(kid);
  await world.reload((config) => ({ ...config, shared_state: { secret: other } }));
  expect(await published()).toEqual(after);
});

it('what is made of the secret stays when the secret goes, and is never made of nothing', () => {
  let now: SharedSecret = { secret: one, other_secret: other };
  const seal = sharedSeal(() => now, 'test');
  const made = ofSecret(
    () => now,
    (secret, others) => [secret, ...others],
  );
  // Not asked for before the secret goes.
  now = {};
  expect(made()).toEqual([one, other]);
  const text = seal?.close('here', 'text') ?? '';
  expect(sharedSeal(() => ({ secret: one }), 'test')?.open('here', text)).toBe('text');
  now = { secret: other };
  expect(made()).toEqual([other]);
  for (const none of [{}, { secret: '' }])
    expect(() =>
      ofSecret(
        () => none,
        (secret) => secret,
      )(),
    ).toThrow('share no secret');
});

it.each<readonly [before: SharedSecret, next: SharedSecret, kept: SharedSecret]>([
  [{ secret: one }, {}, { secret: one }],
  [{ secret: one, other_secret: other }, {}, { secret: one, other_secret: other }],
  [{}, { secret: one, other_secret: other }, {}],
  [{}, {}, {}],
  [{ secret: one }, { secret: other }, { secret: other }],
  [{ secret: one, other_secret: other }, { secret: other }, { secret: other }],
])('after %j, a config with %j puts %j in force', (before, next, kept) => {
  const configOf = (secrets: SharedSecret): LoadedConfig =>
    ({ config: { shared_state: { grace_seconds: 1, ...secrets } } }) as LoadedConfig;
  const { config } = keepWhetherSealed(configOf(before), configOf(next));
  expect(config.shared_state).toEqual({ grace_seconds: 1, ...kept });
});
