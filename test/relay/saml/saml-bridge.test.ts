import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { refreshTokenGrant, tokenRevocation } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beginSignIn, isCallback, reachCallback, wordsOf } from './bridge-client.ts';
import { PageBrowser, type Visit } from './page-browser.ts';
import { type SamlWorld, startSamlWorld } from './saml-world.ts';
import { startSamlIdp } from './start-saml-idp.ts';

let world: SamlWorld;

beforeAll(async () => {
  world = await startSamlWorld({ saml: { required: ['groups'], claims: { cost_center: 'costCenter' } } });
});
afterAll(() => world.close());
beforeEach(() => {
  world.idp.say({});
  world.idp.encrypt = false;
  world.idp.tamper = (encoded) => encoded;
});

const isAnswer = ({ url, form }: Visit): boolean => form !== undefined && url === `${world.issuer}/acs`;

/** Goes as far as the provider’s answer, which is not delivered. */
async function reachAnswer(browser: PageBrowser): Promise<{ url: string; form: URLSearchParams }> {
  const { url } = await beginSignIn(world.issuer);
  const { next } = await browser.visit({ url }, isAnswer);
  if (next?.form === undefined) throw new Error('The provider gave no answer');
  return { url: next.url, form: next.form };
}

describe('the way back from the provider', () => {
  it('leads nowhere in another browser than the one that began (login CSRF)', async () => {
    const answer = await reachAnswer(new PageBrowser());
    const page = await new PageBrowser().visit(answer, isCallback);
    expect([page.status, page.next]).toEqual([400, undefined]);
    expect(wordsOf(page.text)).toContain('another browser');
  });

  it('leads nowhere in a browser with a sign-in of its own', async () => {
    const own = new PageBrowser();
    await reachAnswer(own);
    const page = await own.visit(await reachAnswer(new PageBrowser()), isCallback);
    expect([page.status, page.next]).toEqual([400, undefined]);
  });

  it.each([
    ['changed', (form: URLSearchParams) => form.set('RelayState', 'x'.repeat(43))],
    ['left out', (form: URLSearchParams) => form.delete('RelayState')],
    ['sent twice', (form: URLSearchParams) => form.append('RelayState', form.get('RelayState') ?? '')],
  ])('is refused with RelayState %s', async (_name, change) => {
    const browser = new PageBrowser();
    const answer = await reachAnswer(browser);
    change(answer.form);
    const page = await browser.visit(answer, isCallback);
    expect(page.status).toBe(400);
    expect(wordsOf(page.text)).toContain('RelayState');
  });

  it('counts once', async () => {
    const browser = new PageBrowser();
    const answer = await reachAnswer(browser);
    expect((await browser.visit(answer, isCallback)).next?.url).toContain('code=');
    const again = await browser.visit(answer, isCallback);
    expect(again.status).toBe(400);
    expect(wordsOf(again.text)).toContain('comes a second time');
  });

  it('counts once also when two deliver it at the same time', async () => {
    const browser = new PageBrowser();
    const answer = await reachAnswer(browser);
    const statuses = await Promise.all(
      [1, 2, 3].map(
        async () => (await fetch(answer.url, { method: 'POST', body: answer.form, redirect: 'manual' })).status,
      ),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([303, 400, 400]);
  });

  it('is refused for an assertion that was used already, in another response', async () => {
    await reachCallback(new PageBrowser(), (await beginSignIn(world.issuer)).url);
    world.idp.say({ assertionId: world.idp.last().assertionId });
    const callback = await reachCallback(new PageBrowser(), (await beginSignIn(world.issuer)).url);
    expect(callback.searchParams.get('error_description')).toContain('used already');
  });

  it('is refused when the sign-in was begun at the provider', async () => {
    world.idp.say({ inResponseTo: null, confirmationInResponseTo: null });
    const callback = await reachCallback(new PageBrowser(), (await beginSignIn(world.issuer)).url);
    expect(callback.searchParams.get('error_description')).toContain('Begin it in Causeway');
    const answer = await reachAnswer(new PageBrowser());
    const form = new URLSearchParams({ SAMLResponse: answer.form.get('SAMLResponse') ?? '' });
    const response = await fetch(answer.url, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(wordsOf(await response.text())).toContain('begun at the sign-in service');
  });

  it('is refused when it is too large', async () => {
    const form = new URLSearchParams({ SAMLResponse: 'A'.repeat(2_000_000), RelayState: 'x' });
    const response = await fetch(`${world.issuer}/acs`, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(wordsOf(await response.text())).toContain('too large');
  });

  it('takes only forms by POST', async () => {
    expect((await fetch(`${world.issuer}/acs?SAMLResponse=x`)).status).toBe(400);
    const json = await fetch(`${world.issuer}/acs`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.status).toBe(400);
  });
});

describe('a sign-in', () => {
  it('without a required attribute tells the app which one, and what came', async () => {
    world.idp.say({ attributes: { uid: ['alice'], department: ['x'] } });
    const callback = await reachCallback(new PageBrowser(), (await beginSignIn(world.issuer)).url);
    expect(callback.searchParams.get('error')).toBe('access_denied');
    expect(callback.searchParams.get('error_description')).toMatch(
      /sent no groups.*'memberOf'.*It sent 'uid', 'department'/,
    );
  });

  it('with a NameID that changes each time is refused, with what to do', async () => {
    world.idp.say({ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' });
    const callback = await reachCallback(new PageBrowser(), (await beginSignIn(world.issuer)).url);
    expect(callback.searchParams.get('error_description')).toContain('subject_attribute');
  });

  it('without PKCE or without a pushed request is refused', async () => {
    const query = new URLSearchParams({
      client_id: 'causeway',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:9/callback',
      scope: 'openid',
    });
    const page = await new PageBrowser().visit({ url: `${world.issuer}/auth?${query.toString()}` }, isCallback);
    expect(page.next?.url ?? page.text).toMatch(/Pushed Authorization Request|error=/);
    expect(page.next?.url ?? '').not.toContain('code=');
    const pushed = await fetch(`${world.issuer}/request`, { method: 'POST', body: query });
    expect(await pushed.json()).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('PKCE'),
    });
  });

  it('gives an access token for this relay only, bound to a key, with the attributes as claims', async () => {
    world.idp.encrypt = true;
    const attributes = { uid: ['alice'], groups: ['developers'], costCenter: ['4711'], mail: ['alice@example.com'] };
    world.idp.say({ attributes });
    const signIn = await beginSignIn(world.issuer);
    const tokens = await signIn.finish(await reachCallback(new PageBrowser(), signIn.url));
    expect(tokens.token_type).toBe('dpop');
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      iss: world.issuer,
      aud: world.relayUrl,
      sub: 'p-4711',
      preferred_username: 'alice',
      email: 'alice@example.com',
      groups: ['developers'],
      cost_center: '4711',
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      sid: expect.any(String),
      cnf: { jkt: expect.any(String) },
    });
  });

  it('that must be fresh makes the provider ask again, and is refused when it didn’t', async () => {
    const browser = new PageBrowser();
    await reachCallback(browser, (await beginSignIn(world.issuer)).url);
    const before = world.idp.requests.length;
    await reachCallback(browser, (await beginSignIn(world.issuer)).url);
    expect(world.idp.requests).toHaveLength(before);
    await reachCallback(browser, (await beginSignIn(world.issuer, { prompt: 'login' })).url);
    expect(world.idp.requests.at(-1)).toContain('ForceAuthn="true"');
    world.idp.say({ authnInstantMs: Date.now() - 600_000 });
    const callback = await reachCallback(browser, (await beginSignIn(world.issuer, { prompt: 'login' })).url);
    expect(callback.searchParams.get('error_description')).toContain('was to ask the person to sign in again');
  });

  it('in another way is asked for by its name at the provider', async () => {
    const acr = 'https://refeds.org/profile/mfa';
    world.idp.say({ authnContext: acr });
    const browser = new PageBrowser();
    const signIn = await beginSignIn(world.issuer, { acr_values: acr });
    const tokens = await signIn.finish(await reachCallback(browser, signIn.url));
    expect(world.idp.requests.at(-1)).toContain(`${acr}</`);
    expect(decodeJwt(tokens.access_token)['acr']).toBe(acr);
  });
});

describe('another provider in the metadata file', () => {
  it('is where new sign-ins go after a reload, and the old one’s answers count no more', async () => {
    const browser = new PageBrowser();
    const late = await reachAnswer(browser);
    const other = await startSamlIdp();
    try {
      other.trust(await (await fetch(`${world.issuer}/metadata`)).text());
      writeFileSync(join(world.dir, 'idp.xml'), other.metadata());
      await world.reload();
      const signIn = await beginSignIn(world.issuer);
      const tokens = await signIn.finish(await reachCallback(new PageBrowser(), signIn.url));
      expect(decodeJwt(tokens.access_token)['sub']).toBe('p-4711');
      expect(other.requests).toHaveLength(1);
      const { next } = await browser.visit(late, isCallback);
      expect(next?.url).toContain('error=access_denied');
    } finally {
      writeFileSync(join(world.dir, 'idp.xml'), world.idp.metadata());
      await world.reload();
      await other.close();
    }
  });
});

describe('renewal', () => {
  it('goes on after a restart of the relay; a refresh token counts once, and its second use ends all', async () => {
    const signIn = await beginSignIn(world.issuer);
    const tokens = await signIn.finish(await reachCallback(new PageBrowser(), signIn.url));
    for (const file of ['saml-bridge.db', 'saml-bridge.db-wal'])
      expect(readFileSync(join(world.dataDir, file)).includes(tokens.refresh_token ?? '')).toBe(false);
    await world.restartRelay();
    const renew = (token = '') => refreshTokenGrant(signIn.configuration, token, {}, { DPoP: signIn.dpop });
    const renewed = await renew(tokens.refresh_token);
    expect(decodeJwt(renewed.access_token)).toMatchObject({ sub: 'p-4711', groups: ['developers', 'sre'] });
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    await expect(renew(tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(renew(renewed.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('needs the key that the token is bound to', async () => {
    const signIn = await beginSignIn(world.issuer);
    const tokens = await signIn.finish(await reachCallback(new PageBrowser(), signIn.url));
    const other = await beginSignIn(world.issuer);
    const stolen = refreshTokenGrant(other.configuration, tokens.refresh_token ?? '', {}, { DPoP: other.dpop });
    await expect(stolen).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('ends with revocation', async () => {
    const signIn = await beginSignIn(world.issuer);
    const tokens = await signIn.finish(await reachCallback(new PageBrowser(), signIn.url));
    await tokenRevocation(signIn.configuration, tokens.refresh_token ?? '');
    const renewal = refreshTokenGrant(signIn.configuration, tokens.refresh_token ?? '', {}, { DPoP: signIn.dpop });
    await expect(renewal).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('ends with the provider’s session (SessionNotOnOrAfter)', async () => {
    world.idp.say({ sessionNotOnOrAfterMs: Date.now() - 30_000 });
    const signIn = await beginSignIn(world.issuer);
    const callback = await reachCallback(new PageBrowser(), signIn.url);
    await expect(signIn.finish(callback)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});
