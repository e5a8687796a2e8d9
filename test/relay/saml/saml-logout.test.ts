import { refreshTokenGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeadlessClient } from '../../support/start-headless-client.ts';
import { beginSignIn, reachCallback, wordsOf } from './bridge-client.ts';
import { PageBrowser } from './page-browser.ts';
import { makeKeyPair } from './saml-certificates.ts';
import { samlifyIdp, samlifySp } from './saml-signer.ts';
import { type SamlWorld, startSamlWorld } from './saml-world.ts';

let world: SamlWorld;
let client: HeadlessClient;
let profileId: string;

beforeAll(async () => {
  world = await startSamlWorld({ fromUrl: true, binding: 'post' });
  client = await world.newClient();
  profileId = (await client.signIn(world.relayUrl)).id;
  await client.connect(profileId, 'orders');
});
afterAll(() => world.close());

const isOpen = (): boolean =>
  client.core.snapshot().profiles.some(({ id, tunnel }) => id === profileId && tunnel.status === 'open');

async function refused(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  expect(response.status).toBe(400);
  expect(isOpen()).toBe(true);
  return wordsOf(await response.text());
}

describe('a logout request of somebody else than the provider ends nothing', () => {
  it('without a signature', async () => {
    const url = new URL(world.idp.logoutUrl());
    url.searchParams.delete('Signature');
    expect(await refused(url.href)).toContain('isn’t signed');
  });

  it('with another key', async () => {
    const other = samlifyIdp({ entityId: world.idp.entityId, signing: await makeKeyPair('evil') });
    const sp = samlifySp(await (await fetch(`${world.issuer}/metadata`)).text());
    const { context } = other.createLogoutRequest(sp, 'redirect', { logoutNameID: 'p-4711' });
    expect(await refused(context)).toContain('isn’t signed by the sign-in service');
    const posted = other.createLogoutRequest(sp, 'post', { logoutNameID: 'p-4711' });
    const form = new URLSearchParams({ SAMLRequest: posted.context });
    expect(await refused(`${world.issuer}/slo`, { method: 'POST', body: form })).toContain('isn’t signed by');
  });

  it('with a parameter that only looks like the signed one', async () => {
    const url = new URL(world.idp.logoutUrl());
    expect(await refused(`${url.href}&xSAMLRequest=1`)).toContain('don’t belong');
    expect(await refused(`${url.href}&SAMLRequest=1`)).toContain('twice');
  });

  it('with SHA-1', async () => {
    const url = new URL(world.idp.logoutUrl());
    url.searchParams.set('SigAlg', 'http://www.w3.org/2000/09/xmldsig#rsa-sha1');
    expect(await refused(url.href)).toContain('isn’t accepted');
  });

  it('for another address, or a message that can’t be inflated', async () => {
    const sp = samlifySp((await (await fetch(`${world.issuer}/metadata`)).text()).replaceAll('/slo"', '/other"'));
    const { context } = world.idp.entity.createLogoutRequest(sp, 'redirect', { logoutNameID: 'p-4711' });
    expect(await refused(context.replace('/other?', '/slo?'))).toContain('is for');
    expect(await refused(`${world.issuer}/slo?SAMLRequest=AAAA`)).toContain('isn’t signed');
  });

  it('for another person', async () => {
    const sp = samlifySp(await (await fetch(`${world.issuer}/metadata`)).text());
    const { context } = world.idp.entity.createLogoutRequest(sp, 'redirect', { logoutNameID: 'p-1' });
    expect((await fetch(context, { redirect: 'manual' })).status).toBe(303);
    expect(isOpen()).toBe(true);
  });
});

describe('a logout request of the provider', () => {
  it('ends tunnels and refresh tokens of its session, is answered, and counts once', async () => {
    const other = await beginSignIn(world.issuer);
    const asked = world.idp.requests.length;
    const tokens = await other.finish(await reachCallback(world.browser, other.url));
    expect(world.idp.requests).toHaveLength(asked);
    const session = world.idp.last().sessionIndex;
    const elsewhere = await beginSignIn(world.issuer);
    const kept = await elsewhere.finish(await reachCallback(new PageBrowser(), elsewhere.url));
    expect(world.idp.last().sessionIndex).not.toBe(session);

    const url = world.idp.logoutUrl(session);
    const page = await world.browser.visit({ url });
    expect(page.text).toContain('Signed out everywhere');
    expect(world.idp.logoutAnswers.at(-1)).toContain('status:Success');
    const problem = await client.waitFor('the end of the tunnel', (snapshot) => {
      const profile = snapshot.profiles.find(({ id }) => id === profileId);
      return profile?.signIn.status === 'expired' ? profile.signIn.problem : null;
    });
    expect(problem).toMatchObject({ code: 'session-revoked', detail: 'You have been signed out at Example SAML.' });
    const renewal = refreshTokenGrant(other.configuration, tokens.refresh_token ?? '', {}, { DPoP: other.dpop });
    await expect(renewal).rejects.toMatchObject({ error: 'invalid_grant' });
    const renewed = await refreshTokenGrant(
      elsewhere.configuration,
      kept.refresh_token ?? '',
      {},
      { DPoP: elsewhere.dpop },
    );
    expect(renewed.token_type).toBe('dpop');

    const again = await fetch(url, { redirect: 'manual' });
    expect(again.status).toBe(400);
    expect(wordsOf(await again.text())).toContain('second time');
  });

  it('also comes by a signed form', async () => {
    const sp = samlifySp(await (await fetch(`${world.issuer}/metadata`)).text());
    const { context } = world.idp.entity.createLogoutRequest(sp, 'post', { logoutNameID: 'p-4711' });
    const form = new URLSearchParams({ SAMLRequest: context });
    const response = await fetch(`${world.issuer}/slo`, { method: 'POST', body: form, redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toContain('SAMLResponse=');
  });
});
