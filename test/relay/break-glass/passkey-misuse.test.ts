import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BreakGlassWorld, optionsOf, PersonBrowser, returnOf, startBreakGlassWorld } from './break-glass-world.ts';
import { type AnswerChanges, SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

let world: BreakGlassWorld;
let key: SoftAuthenticator;
let close = (): Promise<void> => Promise.resolve();
beforeAll(async () => {
  world = await startBreakGlassWorld({ lockout: { address_failures: 1000 } }, {}, (closer) => (close = closer));
  key = new SoftAuthenticator(world.relayUrl);
  const enrolled = await new PersonBrowser(world).enrolPasskey(world.invite('kim'), key);
  expect(enrolled.text).toContain('<h1>Enrolled</h1>');
});
afterAll(() => close());

const lastRefusal = (): string => {
  const last = world.records().findLast(({ type }) => type === 'authentication-refused');
  return last?.type === 'authentication-refused' ? last.detail : '';
};

async function open(): Promise<{ person: PersonBrowser; page: Awaited<ReturnType<PersonBrowser['open']>> }> {
  const person = new PersonBrowser(world);
  return { person, page: await person.open((await createTestClient(world.issuer)).authorizeUrl()) };
}

describe('an answer of a passkey', () => {
  it('that is right signs in', async () => {
    const { person, page } = await open();
    const done = await person.usePasskey(page, key.get(optionsOf(page)));
    expect(returnOf(done)).toMatch(/^http:\/\/127\.0\.0\.1:49152\/callback\?code=[\w-]{43}&state=a\+state&iss=/);
  });

  it.each<[what: string, changes: AnswerChanges, why: RegExp]>([
    ['made at another origin', { origin: 'https://evil.example.com' }, /origin/i],
    ['made at a neighbouring port', { origin: 'http://localhost:1' }, /origin/i],
    ['for another relying party', { rpId: 'evil.example.com' }, /RP ID/i],
    ['to another challenge', { challenge: Buffer.alloc(32).toString('base64url') }, /challenge/i],
    ['of another kind', { type: 'webauthn.create' }, /type/i],
    ['without a verified user', { flags: 0x01 }, /verif/i],
    ['without a present user', { flags: 0x04 }, /present/i],
    ['with another signature', { spoilSignature: true }, /signature/i],
    ['with a counter from before, as a copy of the key has', { counter: 1 }, /counter/i],
  ])('that is %s is refused, and recorded with the cause', async (_what, changes, why) => {
    // So that the counter is beyond the first.
    const before = await open();
    expect((await before.person.usePasskey(before.page, key.get(optionsOf(before.page)))).status).toBe(200);
    const { person, page } = await open();
    const refused = await person.usePasskey(page, key.get(optionsOf(page), changes));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('That didn’t match, or the account can’t be used');
    expect(refused.text).not.toContain('kim');
    await expect.poll(lastRefusal).toMatch(why);
  });

  it('of a passkey that nobody has enrolled is refused with the same words', async () => {
    const { person, page } = await open();
    const refused = await person.usePasskey(page, new SoftAuthenticator(world.relayUrl).get(optionsOf(page)));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('That didn’t match, or the account can’t be used');
  });

  it.each(['', '{}', '[]', 'null', '{"id":7}', `{"id":"${'a'.repeat(5000)}"}`])(
    'that is none (%s) is refused',
    async (answer) => {
      const { person, page } = await open();
      const flow = /name="flow" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
      expect((await person.post('prove', { flow, answer })).status).toBe(403);
    },
  );

  it('counts once: not for the same page again, nor for another', async () => {
    const { person, page } = await open();
    const answer = key.get(optionsOf(page));
    expect((await person.usePasskey(page, answer)).status).toBe(200);
    expect((await person.usePasskey(page, answer)).status).toBe(400);
    const other = await open();
    expect((await other.person.usePasskey(other.page, answer)).status).toBe(403);
    await expect.poll(lastRefusal).toMatch(/challenge/i);
  });

  it('that was wrong takes the page’s challenge with it', async () => {
    const { person, page } = await open();
    expect((await person.usePasskey(page, key.get(optionsOf(page), { spoilSignature: true }))).status).toBe(403);
    expect((await person.usePasskey(page, key.get(optionsOf(page)))).status).toBe(403);
  });
});

describe('a new passkey', () => {
  it.each<[what: string, changes: AnswerChanges]>([
    ['made at another origin', { origin: 'https://evil.example.com' }],
    ['for another relying party', { rpId: 'evil.example.com' }],
    ['to another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['without a verified user', { flags: 0x01 }],
  ])('that is %s isn’t enrolled, and the link can still be used', async (_what, changes) => {
    const person = new PersonBrowser(world);
    const link = world.invite('kim');
    const spare = new SoftAuthenticator(world.relayUrl);
    expect((await person.enrolPasskey(link, spare, changes)).status).toBe(403);
    const { page } = await open();
    expect((await person.usePasskey(page, spare.get(optionsOf(page)))).status).toBe(403);
    expect((await person.open(link)).status).toBe(200);
  });
});
