import { describe, expect, it, onTestFinished } from 'vitest';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { postgresPrograms, startPostgres } from '../../support/start-postgres.ts';
import { redisProgram, startRedis } from '../../support/start-redis.ts';
import { type BreakGlassWorld, optionsOf, PersonBrowser, returnOf, startBreakGlassWorld } from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';

/** Kim’s client, whose browser answers with the passkey. */
async function signedIn(world: BreakGlassWorld, key: SoftAuthenticator) {
  const client = await world.newClient(async (url) => {
    const person = new PersonBrowser(world);
    const page = await person.open(url);
    await fetch(returnOf(await person.usePasskey(page, key.get(optionsOf(page)))));
  });
  const { profileId } = await client.core.signIn(world.relayUrl, { breakGlass: true });
  const profile = await client.waitFor('the sign-in', ({ profiles }) => {
    const found = profiles.find(({ id }) => id === profileId);
    if (found?.signIn.status === 'signed-out' && found.signIn.problem !== null)
      throw new Error(found.signIn.problem.detail);
    return found?.signIn.status === 'signed-in' && found.catalog.status === 'ready' ? found : null;
  });
  const { port } = await client.connect(profile.id, 'orders');
  const request = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/v1/orders`)).status;
  const sessionId = (): string | null =>
    client.core.snapshot().profiles.flatMap(({ tunnel }) => (tunnel.status === 'open' ? [tunnel.sessionId] : []))[0] ??
    null;
  return { request, sessionId };
}

describe.runIf(redisProgram !== null && postgresPrograms !== null)(
  'with provider, Redis and PostgreSQL away',
  { timeout: 180_000 },
  () => {
    it('an emergency account signs in and works, its tunnel stays open beyond the grace, and a restart changes nothing', async () => {
      const [redis, postgres] = [await startRedis(), await startPostgres()];
      onTestFinished(async () => {
        await redis.stop();
        await postgres.stop();
      });
      const shared = { store: 'redis' as const, url: redis.url, secret: 's'.repeat(40), grace_seconds: 1 };
      const storage = await postgres.createDatabase();
      const world = await startBreakGlassWorld({}, { shared_state: shared, storage });
      const key = new SoftAuthenticator(world.relayUrl);
      await new PersonBrowser(world).enrolPasskey(world.invite('kim'), key);
      const before = await signedIn(world, key);
      expect(await before.request()).toBe(200);
      const tunnel = before.sessionId();

      const colleague = await world.newClient((url) =>
        signInWithoutBrowser(url, { user: 'alice' }).then(() => undefined),
      );
      const own = await colleague.signIn(world.relayUrl);
      await colleague.connect(own.id, 'orders');

      await world.idp.setAvailability('refuse');
      await redis.stop();
      await postgres.kill();
      // Others are turned away once the relay knows that it is blind.
      const alice = await world.idp.mintAccessToken({ user: 'alice' });
      const asAlice = { headers: { authorization: `Bearer ${alice}` } };
      await expect
        .poll(async () => (await fetch(`${world.relayUrl}/v1/catalog`, asAlice)).status, { timeout: 30_000 })
        .toBe(503);
      // Their tunnels end with the grace.
      await colleague.waitFor('the end of the grace', ({ profiles }) =>
        profiles.some(({ tunnel: { status } }) => status === 'reconnecting') ? true : null,
      );

      const during = await signedIn(world, key);
      expect(await during.request()).toBe(200);
      expect(await before.request()).toBe(200);
      expect(before.sessionId()).toBe(tunnel);

      await world.restart();
      // A balancer goes on sending people there.
      expect((await fetch(`${world.relayUrl}/readyz`)).status).toBe(503);
      expect((await fetch(`${world.relayUrl}/readyz/node`)).status).toBe(200);
      const after = await signedIn(world, key);
      expect(await after.request()).toBe(200);
      // The token of before counts for the relay that was started without anything else.
      await expect.poll(() => during.request(), { timeout: 30_000 }).toBe(200);
    });
  },
);
