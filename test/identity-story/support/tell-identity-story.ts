import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../../relay/audit/reading/audit-query.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { dial } from '../../tunnel/support/raw-tunnel.ts';
import { presentTokens, refreshAlone } from './present-tokens.ts';
import type { StoryConfiguration } from './story-configurations.ts';
import { StoryPerson } from './story-person.ts';
import { startStoryWorld, type StoryWorld } from './story-world.ts';

const longSeconds = 600;
/** Renewed after three quarters of this, at the latest. */
const shortSeconds = 40;
const renewalDueMs = 31_000;

const patch = { status: 'packed' };
const refund = { orderId: 4711 };

/**
 * One person's day at a company that runs its provider in one of several ways: sign-in, calls, step-up, renewal, the end
 * of tokens at the provider, its logout, and the app's own. Each test goes on where the one before it ended.
 */
export function tellIdentityStory(configuration: StoryConfiguration): void {
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
  let world: StoryWorld;
  let alice: StoryPerson;

  beforeAll(async () => {
    world = await startStoryWorld(configuration);
    alice = await StoryPerson.start(world, configuration.showsCertificate);
  });
  let isBroken = false;
  beforeEach(() => {
    if (isBroken) throw new Error('The story broke off before.');
  });
  afterEach(({ task }) => {
    isBroken ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    await alice?.close();
    await world?.close();
  });

  const newestRecord = (type: AuditEntry['record']['type']): AuditEntry['record'] | undefined =>
    queryAudit(world.dataDir, { limit: 20 }).find(({ record }) => record.type === type)?.record;

  describe(`a person at a provider ${configuration.title}`, () => {
    test('signs in, sees the catalog and calls an API; the call is decided and recorded', async () => {
      world.idp.reconfigure({ signedInSecondsAgo: 3600, accessTokenSeconds: longSeconds });
      const { catalog } = await alice.signIn();
      expect(catalog).toMatchObject({ status: 'ready', catalog: { apis: [{ id: 'orders', access: 'open' }] } });
      expect(await alice.call('GET', '/v1/orders/4711')).toMatchObject({ status: 200 });
      expect(newestRecord('decision')).toMatchObject({ caller: { username: 'alice' }, effect: 'allow', rule: 'reads' });
      expect(configuration.factsOf(world, alice.tokens())).toEqual(configuration.facts(world.place));
    });

    test('has a token that is refused, and the try recorded, when it doesn’t come as it should', async () => {
      const { place, ca, relay, idp } = world;
      const relayPort = Number(new URL(relay.url).port);
      for (const { certificate, refusal, token, what } of configuration.thefts(place, alice.tokens().accessToken)) {
        const shown = certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key };
        const dialed = await dial(
          { ca, relayPort, issuer: { token: (user) => idp.mintAccessToken({ user }) } },
          'alice',
          { token, ...shown },
        );
        expect(dialed, what).toEqual({ status: 401, code: 'token-rejected' });
        // Refusals are recorded behind the answer.
        await expect
          .poll(() => newestRecord('authentication-refused'), { message: what })
          .toMatchObject({ detail: expect.stringMatching(refusal) });
      }
      if (configuration.refreshTokenAlone !== null) {
        const { issuer, clientId } = idp;
        const refused = await refreshAlone({ issuer, clientId, ca }, alice.tokens().refreshToken ?? '');
        expect(refused).toBe(configuration.refreshTokenAlone);
      }
      const { status } = await presentTokens(world, alice.tokens(), place.laptop);
      expect(status, 'with all that belongs to it').toBe(200);
    });

    if (configuration.showsCertificate)
      test('can’t sign in from a computer without a certificate, and is told what is missing', async () => {
        const bare = await StoryPerson.start(world, false);
        try {
          await expect(bare.signIn()).rejects.toThrow(/certificate/);
        } finally {
          await bare.close();
        }
      });

    test('is asked once to sign in again where a rule wants a recent sign-in, and then passes', async () => {
      for (let call = 0; call < 2; call += 1) {
        const denied = await alice.call('PATCH', '/v1/orders/4711', patch);
        expect(denied).toMatchObject({ status: 403, code: 'step-up-required' });
        expect(denied.detail).toContain('5 minutes');
      }
      world.idp.reconfigure({ signedInSecondsAgo: 0 });
      await alice.agreeToStepUp();
      expect(await alice.call('PATCH', '/v1/orders/4711', patch)).toMatchObject({ status: 200 });
      expect(alice.stepUps.filter((status) => status === 'asked')).toHaveLength(1);
      expect(await alice.call('POST', '/v1/refunds', refund)).toMatchObject({ status: 403 });
    });

    test('is asked once for a better sign-in where a rule wants its kind (acr), and then passes', async () => {
      const denied = await alice.call('POST', '/v1/refunds', refund);
      expect(denied).toMatchObject({ status: 403, code: 'step-up-required' });
      expect(denied.detail).toContain('mfa');
      world.idp.reconfigure({ accessTokenSeconds: shortSeconds });
      await alice.agreeToStepUp();
      expect(await alice.call('POST', '/v1/refunds', refund)).toMatchObject({ status: 201 });
      // Denials of before that the app hears of late don't ask again: two of each rule.
      const heardOf = () => alice.core.activity(alice.profileId).entries.filter(({ stepUp }) => stepUp !== undefined);
      await alice.where(() => heardOf().length === 4);
      expect(alice.stepUps.filter((status) => status === 'asked')).toHaveLength(2);
    });

    test('keeps open streams, and what the fresh sign-in allowed, over the renewal of the tokens', async () => {
      const events = (await fetch(`${alice.address()}/v1/events?everyMs=100`)).body?.getReader();
      await events?.read();
      const { refreshes } = world.idp.counts;
      const { accessToken, expiresAtMs } = alice.tokens();
      if (configuration.endNoticedBy === 'recheck') world.idp.reconfigure({ accessTokenSeconds: longSeconds });
      alice.passTime(renewalDueMs);
      await alice.where((p) => p.signIn.status === 'signed-in' && p.signIn.expiresAtMs > expiresAtMs);
      await world.relay.waitForLog(({ msg, event }) => msg === 'tunnel session' && event === 'renewed');
      expect(world.idp.counts.refreshes).toBeGreaterThan(refreshes);
      expect(alice.tokens().accessToken).not.toBe(accessToken);
      expect((await events?.read())?.done).toBe(false);
      await events?.cancel();
      expect(await alice.call('PATCH', '/v1/orders/4711', patch)).toMatchObject({ status: 200 });
      expect(await alice.call('POST', '/v1/refunds', refund)).toMatchObject({ status: 201 });
      expect(alice.stepUps.at(-1)).toBe('none');
    });

    test('is told when the provider has ended the tokens, and nothing passes any more', async () => {
      const code = configuration.endNoticedBy === 'recheck' ? 'session-revoked' : 'sign-in-expired';
      const address = alice.address();
      world.idp.endGrantsOf('alice');
      if (configuration.endNoticedBy === 'renewal') alice.passTime(2 * renewalDueMs);
      const { signIn } = await alice.where((p) => p.signIn.status === 'expired' && p.tunnel.status === 'closed');
      expect(signIn).toMatchObject({ problem: { code } });
      const refused = await fetch(`${address}/v1/orders/4711`);
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ code });
    });

    test('loses the tunnel when she signs out at the provider, and is told why', async () => {
      world.idp.reconfigure({ accessTokenSeconds: longSeconds });
      alice.passTime(0);
      await alice.signIn();
      const before = alice.tokens();
      expect(await alice.call('GET', '/v1/orders/4711')).toMatchObject({ status: 200 });
      await alice.signOutAtProvider();
      const { signIn } = await alice.where((p) => p.signIn.status === 'expired' && p.tunnel.status === 'closed');
      expect(signIn).toMatchObject({ problem: { code: 'session-revoked' } });
      expect(await presentTokens(world, before, world.place.laptop)).toMatchObject({ status: 401 });
      await expect.poll(() => alice.stored().ended).not.toBeNull();
      expect(alice.stored()).not.toHaveProperty('refreshToken');
    });

    test('leaves nothing behind that is of use when she signs out in the app', async () => {
      await alice.signIn();
      const [before, address, { revocation }] = [alice.tokens(), alice.address(), { ...world.idp.counts }];
      const [refreshTokens, sessions] = (['RefreshToken', 'Session'] as const).map((kind) =>
        world.idp.remembered('alice', kind),
      );
      expect(await presentTokens(world, before, world.place.laptop)).toMatchObject({ status: 200 });
      await alice.core.signOut(alice.profileId);
      expect(alice.core.snapshot().profiles[0]?.signIn).toEqual({ status: 'signed-out', problem: null });
      expect(world.idp.counts.revocation).toBeGreaterThan(revocation);
      expect(world.idp.remembered('alice', 'RefreshToken')).toBe(Number(refreshTokens) - 1);
      expect(world.idp.remembered('alice', 'Session')).toBe(Number(sessions) - 1);
      expect(alice.storedSecrets()).toBe(0);
      await expect(fetch(address)).rejects.toThrow();
      expect(await presentTokens(world, before, world.place.laptop)).toMatchObject({ status: 401 });
    });
  });
}
