import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import {
  type BreakGlassWorld,
  codeOf,
  fieldOf,
  passphrase,
  PersonBrowser,
  returnOf,
  startBreakGlassWorld,
  wrongCode,
} from './break-glass-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

const wrong = 'That didn’t match, or the account can’t be used';
let world: BreakGlassWorld;
let secret = '';
let close = (): Promise<void> => Promise.resolve();
beforeAll(async () => {
  const lockout = { address_failures: 1000, account_failures: 20 };
  world = await startBreakGlassWorld({ lockout }, {}, (closer) => (close = closer));
  secret = await new PersonBrowser(world).enrol(world.invite('pat'));
});
afterAll(() => close());

async function tryAs(name: string, phrase: string, code: string) {
  const person = new PersonBrowser(world);
  return person.signIn((await createTestClient(world.issuer)).authorizeUrl(), name, phrase, code);
}

describe('passphrase and one-time code', () => {
  it.each<[what: string, name: string, phrase: string, code: () => string]>([
    ['a wrong passphrase', 'pat', `${passphrase}!`, () => world.freshCode('pat', secret)],
    ['an empty passphrase', 'pat', '', () => world.freshCode('pat', secret)],
    ['a wrong code', 'pat', passphrase, () => wrongCode(secret)],
    ['no code', 'pat', passphrase, () => ''],
    ['a code of two steps ago', 'pat', passphrase, () => codeOf(secret, -3)],
    ['a code of two steps ahead', 'pat', passphrase, () => codeOf(secret, 3)],
    ['a name that is none', 'nobody', passphrase, () => world.freshCode('pat', secret)],
    ['an account that nobody has enrolled for', 'sam', passphrase, () => world.freshCode('pat', secret)],
    ['an account that signs in by passkey', 'kim', passphrase, () => world.freshCode('pat', secret)],
    ['an empty name', '', passphrase, () => world.freshCode('pat', secret)],
  ])('with %s are refused in the same words', async (_what, name, phrase, code) => {
    const page = await tryAs(name, phrase, code());
    expect(page.status).toBe(403);
    expect(page.text).toContain(wrong);
    expect(page.text).not.toMatch(/no such account|enrolled|disabled/);
  });

  it('of a name that is none isn’t recorded, because it may be a passphrase in the wrong field', async () => {
    await tryAs('my secret passphrase', passphrase, '123456');
    await expect.poll(() => JSON.stringify(world.records())).toContain('no such account');
    expect(JSON.stringify(world.records())).not.toContain('my secret passphrase');
  });

  it('counts once, however many bring the same code at the same time', async () => {
    const code = world.freshCode('pat', secret);
    const pages = await Promise.all([1, 2, 3].map(() => tryAs('pat', passphrase, code)));
    expect(pages.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 403, 403]);
    expect((await tryAs('pat', passphrase, code)).status).toBe(403);
    await expect.poll(() => JSON.stringify(world.records())).toContain('the one-time code was used before');
  });

  it('of a disabled account are refused in the same words, and count again when it is enabled', async () => {
    const store = openBreakGlassStore(world.dataDir, Date.now);
    try {
      store.change('pat', () => ({ disabled: true }));
      const page = await tryAs('pat', passphrase, world.freshCode('pat', secret));
      expect(page.status).toBe(403);
      expect(page.text).toContain(wrong);
      store.change('pat', () => ({ disabled: false }));
      expect((await tryAs('pat', passphrase, world.freshCode('pat', secret))).status).toBe(200);
    } finally {
      store.close();
    }
  });
});

describe('a link for enrolment', () => {
  it('works once, for one account, until its time is over', async () => {
    const link = world.invite('sam');
    const [first, second] = [new PersonBrowser(world), new PersonBrowser(world)];
    const late = await second.open(link);
    await first.enrol(link);
    expect((await first.open(link)).status).toBe(404);
    const lateSecret = /class="key">([A-Z2-7]+)</.exec(late.text)?.[1] ?? '';
    const fields = { flow: fieldOf(late, 'flow'), passphrase, repeated: passphrase, code: codeOf(lateSecret) };
    expect((await second.post('enrol', fields)).status).toBe(404);
    expect(JSON.stringify(world.records())).not.toContain(link.slice(-43));
  });

  it.each<[what: string, change: (link: string) => string]>([
    ['made up', (link) => `${link.slice(0, -43)}${'A'.repeat(43)}`],
    ['cut short', (link) => link.slice(0, -1)],
    ['with more behind it', (link) => `${link}x`],
  ])('that is %s is none', async (_what, change) => {
    const page = await new PersonBrowser(world).open(change(world.invite('sam')));
    expect(page.status).toBe(404);
  });

  it('and the secret that its page offers stand nowhere in the data folder', async () => {
    const link = world.invite('sam');
    const page = await new PersonBrowser(world).open(link);
    const totp = /class="key">([A-Z2-7]+)</.exec(page.text)?.[1] ?? '';
    expect(totp).toMatch(/^[A-Z2-7]{32}$/);
    for (const name of readdirSync(world.dataDir).filter((one) => one.startsWith('break-glass.db'))) {
      const bytes = readFileSync(join(world.dataDir, name));
      expect(bytes.includes(link.slice(-43))).toBe(false);
      expect(bytes.includes(totp)).toBe(false);
      expect(bytes.includes(fieldOf(page, 'flow'))).toBe(false);
    }
  });

  it('that is too old is none', async () => {
    const store = openBreakGlassStore(world.dataDir, Date.now);
    store.put('invitation', 'B'.repeat(43), { account: 'sam', by: 'root' }, Date.now() - 1);
    store.close();
    expect((await new PersonBrowser(world).open(`${world.issuer}/enrol/${'B'.repeat(43)}`)).status).toBe(404);
  });

  it('of an account that is disabled, or no more in the config, is none', async () => {
    const link = world.invite('sam');
    const store = openBreakGlassStore(world.dataDir, Date.now);
    store.change('sam', () => ({ disabled: true }));
    expect((await new PersonBrowser(world).open(link)).status).toBe(404);
    store.change('sam', () => ({ disabled: false }));
    store.put('invitation', 'C'.repeat(43), { account: 'gone', by: 'root' }, Date.now() + 60_000);
    store.close();
    expect((await new PersonBrowser(world).open(`${world.issuer}/enrol/${'C'.repeat(43)}`)).status).toBe(404);
  });

  it('of a passkey account takes no passphrase, and the other way round', async () => {
    const person = new PersonBrowser(world);
    const keyPage = await person.open(world.invite('kim'));
    const fields = { passphrase, repeated: passphrase, code: '123456' };
    expect((await person.post('enrol', { flow: fieldOf(keyPage, 'flow'), ...fields })).status).toBe(403);
    const phrasePage = await person.open(world.invite('sam'));
    const answer = JSON.stringify(new SoftAuthenticator(world.relayUrl).create({ challenge: 'x' }));
    expect((await person.post('enrol', { flow: fieldOf(phrasePage, 'flow'), answer })).status).toBe(403);
  });

  it.each([
    ['short', 'short one', /at least 16 characters/],
    ['of few characters', 'aaaabbbbaaaabbbbaaaa', /too few different/],
    ['the account’s name', 'my name is sam, hello there', /name of the account/],
    ['one that everybody knows', 'Correct Horse Battery Staple', /everybody knows/],
    ['a repetition', 'abcdefghabcdefghabcdefgh', /repeats itself/],
  ])('takes no passphrase that is %s', async (_what, phrase, why) => {
    const person = new PersonBrowser(world);
    const page = await person.open(world.invite('sam'));
    const totp = /class="key">([A-Z2-7]+)</.exec(page.text)?.[1] ?? '';
    const fields = { flow: fieldOf(page, 'flow'), passphrase: phrase, repeated: phrase, code: codeOf(totp) };
    const refused = await person.post('enrol', fields);
    expect(refused.status).toBe(403);
    expect(refused.text).toMatch(why);
    const other = await person.post('enrol', { ...fields, passphrase, repeated: `${passphrase}.` });
    expect(other.text).toMatch(/The two passphrases differ/);
    const wrongly = { ...fields, passphrase, repeated: passphrase, code: wrongCode(totp) };
    expect((await person.post('enrol', wrongly)).status).toBe(403);
  });
});

describe('a form', () => {
  it.each<[what: string, headers: Record<string, string>]>([
    ['of another site', { origin: 'https://evil.example.com' }],
    ['of no site', {}],
    ['of a hidden site', { origin: 'null' }],
    ['that the browser calls cross-site', { origin: 'OWN', 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { origin: 'OWN', 'sec-fetch-site': 'same-site' }],
  ])('%s is refused', async (_what, headers) => {
    const person = new PersonBrowser(world);
    const page = await person.open((await createTestClient(world.issuer)).authorizeUrl());
    const own = headers['origin'] === 'OWN' ? { ...headers, origin: world.relayUrl } : headers;
    const fields = { flow: fieldOf(page, 'flow'), name: 'pat', passphrase, code: codeOf(secret) };
    const refused = await person.post('prove', fields, own);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('comes from another site');
  });

  it('from another browser than the one that began is refused', async () => {
    const page = await new PersonBrowser(world).open((await createTestClient(world.issuer)).authorizeUrl());
    const other = new PersonBrowser(world);
    await other.open((await createTestClient(world.issuer)).authorizeUrl());
    const fields = { flow: fieldOf(page, 'flow'), name: 'pat', passphrase, code: codeOf(secret) };
    for (const browser of [other, new PersonBrowser(world)]) {
      const refused = await browser.post('prove', fields);
      expect(refused.status).toBe(403);
      expect(refused.text).toContain('another browser');
    }
  });

  it('that is too large, or no form, is refused', async () => {
    const person = new PersonBrowser(world);
    expect((await person.post('prove', { flow: 'a'.repeat(70_000) })).status).toBe(413);
    const headers = { 'content-type': 'application/json', origin: world.relayUrl };
    const response = await fetch(`${world.issuer}/prove`, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(415);
  });
});

describe('each page', () => {
  it('may be framed by nobody, runs no code that stands in it, and is kept nowhere', async () => {
    const urls = [(await createTestClient(world.issuer)).authorizeUrl(), world.invite('sam'), world.invite('kim')];
    for (const url of [...urls, `${world.issuer}/nothing`]) {
      const response = await fetch(url);
      const text = await response.text();
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(text).not.toMatch(/<script>|<style|\son\w+=|style=/);
      const cookie = response.headers.get('set-cookie');
      if (cookie !== null) expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    }
  });

  it('goes back to the client when the person cancels', async () => {
    const person = new PersonBrowser(world);
    const page = await person.open((await createTestClient(world.issuer)).authorizeUrl());
    const back = new URL(returnOf(await person.post('cancel', { flow: fieldOf(page, 'flow') })));
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.get('iss')).toBe(world.issuer);
  });
});
