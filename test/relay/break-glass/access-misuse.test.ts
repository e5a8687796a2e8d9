import { describe, expect, it } from 'vitest';
import { waitAfter } from '../../../relay/break-glass/attempts.ts';
import { optionsOf, passphrase, PersonBrowser, startBreakGlassWorld } from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

/** Longer than the test takes, however slow the machine is. */
const long = { first_seconds: 3600 };

describe('waits after wrong answers', () => {
  it('grow by twice from the first on, up to the longest', () => {
    const lockout = { account_failures: 5, address_failures: 10, first_seconds: 30, longest_minutes: 10 };
    const waits = [0, 4, 5, 6, 7, 8, 9, 10, 1000].map((count) => waitAfter(count, 5, lockout) / 1000);
    expect(waits).toEqual([0, 0, 30, 60, 120, 240, 480, 600, 600]);
  });

  it('come for an account, known or not, in the same words, also to who has the right answer, and outlast a restart', async () => {
    const world = await startBreakGlassWorld({ lockout: { ...long, account_failures: 3, address_failures: 1000 } });
    const secret = await new PersonBrowser(world).enrol(world.invite('pat'));
    const url = (await createTestClient(world.issuer)).authorizeUrl();
    const guess = (name: string, phrase = 'wrong') =>
      new PersonBrowser(world).signIn(url, name, phrase, world.freshCode('pat', secret));
    for (const name of ['pat', 'nobody']) {
      const pages = [];
      for (let index = 0; index < 4; index += 1) pages.push(await guess(name));
      expect(pages.map(({ status }) => status)).toEqual([403, 403, 403, 429]);
      expect(pages[3]?.text).toMatch(/too many wrong answers\. Wait \d+ minutes/);
    }
    expect((await guess('pat', passphrase)).status).toBe(429);
    await world.restart();
    expect((await guess('pat', passphrase)).status).toBe(429);
    await expect.poll(() => JSON.stringify(world.records())).toContain('too many wrong answers');
    // Nobody can lock out a passkey from elsewhere.
    const key = new SoftAuthenticator(world.relayUrl);
    const person = new PersonBrowser(world);
    await person.enrolPasskey(world.invite('kim'), key);
    const page = await person.open(url);
    expect((await person.usePasskey(page, key.get(optionsOf(page)))).status).toBe(200);
  });

  it('count guesses that come at the same time one by one', async () => {
    const world = await startBreakGlassWorld({ lockout: { ...long, account_failures: 3, address_failures: 1000 } });
    await new PersonBrowser(world).enrol(world.invite('pat'));
    const url = (await createTestClient(world.issuer)).authorizeUrl();
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => new PersonBrowser(world).signIn(url, 'pat', 'wrong', '000000')),
    );
    expect(pages.filter(({ status }) => status === 403)).toHaveLength(3);
    expect(pages.filter(({ status }) => status === 429)).toHaveLength(5);
  });

  it('come for an address, whatever names it tries', async () => {
    const world = await startBreakGlassWorld({ lockout: { ...long, account_failures: 20, address_failures: 4 } });
    const url = (await createTestClient(world.issuer)).authorizeUrl();
    const statuses = [];
    for (let index = 0; index < 6; index += 1) {
      const page = await new PersonBrowser(world).signIn(url, `name${index}`, 'wrong', '000000');
      statuses.push(page.status);
    }
    expect(statuses).toEqual([403, 403, 403, 403, 429, 429]);
  });
});

describe('where break-glass isn’t for everybody', () => {
  it('its pages answer no other network, and say nothing', async () => {
    const world = await startBreakGlassWorld({ networks: ['10.9.0.0/16'] });
    const person = new PersonBrowser(world);
    const client = await createTestClient(world.issuer);
    for (const url of [client.authorizeUrl(), world.invite('pat'), `${world.issuer}/page.js`])
      expect((await person.open(url)).status).toBe(403);
    expect((await person.post('prove', { flow: 'x' })).status).toBe(403);
    // What tokens are checked with is for all.
    expect((await person.open(`${world.issuer}/jwks`)).status).toBe(200);
    await expect.poll(() => JSON.stringify(world.records())).toContain('its pages are for other networks');
  });

  it('it isn’t there at all when it is off, from the start or from a reload on, and its tokens count no more', async () => {
    const world = await startBreakGlassWorld();
    const key = new SoftAuthenticator(world.relayUrl);
    const person = new PersonBrowser(world);
    await person.enrolPasskey(world.invite('kim'), key);
    const client = await createTestClient(world.issuer);
    const page = await person.open(client.authorizeUrl());
    const done = await person.usePasskey(page, key.get(optionsOf(page)));
    const code = /code=([\w-]{43})/.exec(done.text)?.[1] ?? '';
    const token = String((await client.redeem(code)).body['access_token']);
    const catalog = async (): Promise<number> => {
      const url = `${world.relayUrl}/v1/catalog`;
      const headers = { authorization: `DPoP ${token}`, dpop: await client.proof('GET', url, token) };
      return (await fetch(url, { headers })).status;
    };
    expect(await catalog()).toBe(200);

    const expectNothing = async (): Promise<void> => {
      for (const path of ['', '/authorize', '/approve', '/jwks', '/page.js', '/.well-known/openid-configuration'])
        expect((await person.open(`${world.issuer}${path}`)).status).toBe(404);
      expect([404, 405]).toContain((await person.post('prove', {})).status);
      const discovery = (await (await fetch(`${world.relayUrl}/.well-known/causeway`)).json()) as object;
      expect(discovery).not.toHaveProperty('breakGlass');
      expect(await catalog()).toBe(401);
    };
    const without = ({ break_glass: _off, ...config }: Parameters<Parameters<typeof world.reload>[0]>[0]) => config;
    await world.reload(without);
    await expectNothing();
    await world.restart(without);
    await expectNothing();
  });
});
