import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type BreakGlassWorld,
  fieldOf,
  optionsOf,
  passphrase,
  PersonBrowser,
  returnOf,
  startBreakGlassWorld,
} from './break-glass-world.ts';
import type { Inviter } from '../../../relay/break-glass/two-people.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';
import { createTestClient } from './test-client.ts';

let world: BreakGlassWorld;
let kim: SoftAuthenticator;
let ada: SoftAuthenticator;
let close = (): Promise<void> => Promise.resolve();
beforeAll(async () => {
  const accounts = [
    { name: 'kim', full_name: 'Kim Lee', person: 'kim.lee', groups: ['keepers'] },
    { name: 'ada', groups: ['keepers'] },
    { name: 'pat', groups: ['keepers'], sign_in: 'passphrase' as const },
    { name: 'sam', groups: ['keepers'], sign_in: 'passphrase' as const },
  ];
  const lockout = { address_failures: 1000 };
  world = await startBreakGlassWorld({ accounts, two_persons: true, lockout }, {}, (closer) => (close = closer));
  [kim, ada] = [new SoftAuthenticator(world.relayUrl), new SoftAuthenticator(world.relayUrl)];
  await new PersonBrowser(world).enrolPasskey(world.invite('kim'), kim);
  await new PersonBrowser(world).enrolPasskey(world.invite('ada'), ada);
});
afterAll(() => close());

/** Kim has signed in, and waits. */
async function waiting(key = kim) {
  const client = await createTestClient(world.issuer);
  const person = new PersonBrowser(world);
  const page = await person.open(client.authorizeUrl());
  const wait = await person.usePasskey(page, key.get(optionsOf(page)));
  const [, approval = ''] = /<code>([A-Z2-9-]+)<\/code>/.exec(wait.text) ?? [];
  const [, again = ''] = /content="2;url=([^"]*)"/.exec(wait.text) ?? [];
  expect(wait.text).not.toContain('code=');
  return { client, person, approval, look: () => person.open(`${world.relayUrl}${again}`) };
}

/** Somebody opens the page for approvals, and proves who they are. */
async function approver(key: SoftAuthenticator, approval: string) {
  const person = new PersonBrowser(world);
  const page = await person.open(`${world.issuer}/approve`);
  return { person, page: await person.usePasskey(page, key.get(optionsOf(page)), { approval }) };
}

const signIns = (): number =>
  world.records().filter((record) => record.type === 'relay' && record.event === 'break-glass-sign-in').length;

describe('where two persons are demanded', () => {
  it('one alone gets nothing, and another approves', async () => {
    const before = signIns();
    const { client, approval, look } = await waiting();
    expect((await look()).text).toContain('A second person is needed');
    expect(signIns()).toBe(before);

    const { person, page } = await approver(ada, approval.toLowerCase().replace('-', ' '));
    expect(page.text).toContain('Kim Lee (kim)');
    const done = await person.post('decide', { flow: fieldOf(page, 'flow'), decision: 'approve' });
    expect(done.text).toContain('<h1>Approved</h1>');
    const code = new URL(returnOf(await look())).searchParams.get('code') ?? '';
    const { status, body } = await client.redeem(code);
    expect(status).toBe(200);
    const payload = Buffer.from(String(body['access_token']).split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(payload)).toMatchObject({ sub: 'kim', break_glass_approved_by: 'ada' });
    const record = world.records().findLast((one) => one.type === 'relay' && one.event === 'break-glass-sign-in');
    expect(record).toMatchObject({ detail: expect.stringContaining('approved by ada') });
  });

  it('a refusal ends it, and the client is told', async () => {
    const { approval, look } = await waiting();
    const { person, page } = await approver(ada, approval);
    await person.post('decide', { flow: fieldOf(page, 'flow'), decision: 'refuse' });
    expect(new URL(returnOf(await look())).searchParams.get('error')).toBe('access_denied');
    expect((await look()).status).toBe(400);
  });

  it('nobody approves their own sign-in, in another browser neither', async () => {
    const { approval, look } = await waiting();
    const { page } = await approver(kim, approval);
    expect(page.status).toBe(403);
    expect(page.text).toContain('This is your own sign-in');
    expect((await look()).text).toContain('A second person is needed');
  });

  it('one owner, who made both links, isn’t two persons; a link of another owner’s or of root’s is another’s', async () => {
    const issuer = 'https://idp.example';
    const enrolled = async (account: string, subject: string) => {
      const key = new SoftAuthenticator(world.relayUrl);
      await new PersonBrowser(world).enrolPasskey(world.invite(account, { issuer, subject }), key);
      return key;
    };
    const first = await enrolled('kim', 'dana');
    const [same, another] = [await enrolled('ada', 'dana'), await enrolled('ada', 'omar')];
    const { approval, look } = await waiting(first);
    const { page } = await approver(same, approval);
    expect(page.status).toBe(403);
    expect(page.text).toContain('could be one person');
    expect((await look()).text).toContain('A second person is needed');
    const refused = {
      type: 'authentication-refused',
      detail: expect.stringContaining('both could be one person, by whose links they were enrolled'),
    };
    await vi.waitFor(() => expect(world.records()).toContainEqual(expect.objectContaining(refused)), 30_000);
    expect((await approver(ada, approval)).page.text).toContain('Kim Lee (kim)');
    const { person, page: decide } = await approver(another, approval);
    await person.post('decide', { flow: fieldOf(decide, 'flow'), decision: 'approve' });
    expect(returnOf(await look())).toContain('code=');
  });

  it('who made the link of the other account isn’t the second person, whenever the config came to say whose theirs is', async () => {
    const issuer = 'https://idp.example';
    const enrolled = async (account: string, inviter: Inviter) => {
      const key = new SoftAuthenticator(world.relayUrl);
      await new PersonBrowser(world).enrolPasskey(world.invite(account, inviter), key);
      return key;
    };
    const own = await enrolled('kim', { issuer, subject: 'omar', username: 'omar' });
    const second = await enrolled('ada', { issuer, subject: 's-17', username: 'Kim.Lee' });
    for (const [first, approving] of [
      [own, second],
      [second, own],
    ] as const) {
      const { approval, look } = await waiting(first);
      expect((await approver(approving, approval)).page.text).toContain('could be one person');
      expect((await look()).text).toContain('A second person is needed');
      if (first === own) expect((await approver(ada, approval)).page.status).toBe(200);
    }
  });

  it.each(['', 'AAAA-AAAA', '<script>'])('a code that is none (%s) approves nothing', async (approval) => {
    const { page } = await approver(ada, approval);
    expect(page.status).toBe(403);
    expect(page.text).toContain('No sign-in waits for this code');
    expect(page.text).not.toContain('<script>');
  });

  it('a decision counts once, and needs a proof', async () => {
    const { approval, look } = await waiting();
    const unproved = new PersonBrowser(world);
    const flow = fieldOf(await unproved.open(`${world.issuer}/approve`), 'flow');
    expect((await unproved.post('decide', { flow, decision: 'approve' })).status).toBe(400);
    const [first, second] = [await approver(ada, approval), await approver(ada, approval)];
    await first.person.post('decide', { flow: fieldOf(first.page, 'flow'), decision: 'refuse' });
    const late = await second.person.post('decide', { flow: fieldOf(second.page, 'flow'), decision: 'approve' });
    expect(late.status).toBe(403);
    expect(new URL(returnOf(await look())).searchParams.get('error')).toBe('access_denied');
  });

  it('two proofs of one page at once count once, and the approver sees whose it is', async () => {
    const client = await createTestClient(world.issuer);
    const person = new PersonBrowser(world);
    const names = ['pat', 'sam'] as const;
    const secrets: string[] = [];
    for (const name of names) secrets.push(await new PersonBrowser(world).enrol(world.invite(name)));
    const page = await person.open(client.authorizeUrl());
    const fieldsOf = (index: number) => ({
      flow: fieldOf(page, 'flow'),
      name: names[index] ?? '',
      passphrase,
      code: world.freshCode(names[index] ?? '', secrets[index] ?? ''),
    });
    const pages = await Promise.all([0, 1].map((index) => person.post('prove', fieldsOf(index))));
    expect(pages.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 400]);
    const [, approval = ''] = /<code>([A-Z2-9-]+)<\/code>/.exec(pages.map(({ text }) => text).join('')) ?? [];
    const { person: second, page: decide } = await approver(ada, approval);
    expect(decide.text).toContain(`<dd>${pages[0]?.status === 200 ? 'pat' : 'sam'}`);
    // Nobody else decides on the page that the second person sees.
    const again = { ...fieldsOf(1), flow: fieldOf(decide, 'flow'), approval };
    expect((await second.post('prove', again)).status).toBe(400);
  });

  it('the page that waits is the first person’s alone', async () => {
    const { person, look } = await waiting();
    expect((await look()).status).toBe(200);
    const other = new PersonBrowser(world);
    const flow = fieldOf(await person.open((await createTestClient(world.issuer)).authorizeUrl()), 'flow');
    expect((await other.open(`${world.issuer}/wait?flow=${flow}`)).status).toBe(403);
  });

  it('a second person with passphrase and one-time code approves as well', async () => {
    const secret = await new PersonBrowser(world).enrol(world.invite('pat'));
    const { approval, look } = await waiting();
    const person = new PersonBrowser(world);
    const page = await person.open(`${world.issuer}/approve`);
    const fields = {
      flow: fieldOf(page, 'flow'),
      approval,
      name: 'pat',
      passphrase,
      code: world.freshCode('pat', secret),
    };
    const decide = await person.post('prove', fields);
    await person.post('decide', { flow: fieldOf(decide, 'flow'), decision: 'approve' });
    expect(returnOf(await look())).toContain('code=');
  });
});
