import { describe, expect, it } from 'vitest';
import { configSchema, type Config } from '../../../relay/config/config-schema.ts';
import { noticesOf } from '../../../relay/notify/notice.ts';
import { noticeText } from '../../../relay/notify/notice-text.ts';
import { accessRecord } from './notices.ts';

const config = (notify: object): Config =>
  configSchema.parse({
    relay: { name: 'Acme', url: 'https://relay.acme.example' },
    issuers: [],
    apis: [
      {
        id: 'payroll',
        name: 'Payroll',
        upstream: 'http://127.0.0.1:1',
        access_requests: { roles: ['payroll-admin'], approvers: ['payroll-leads'] },
      },
      {
        id: 'orders',
        name: 'Orders',
        upstream: 'http://127.0.0.1:1',
        access_requests: { roles: ['refunders'], approvers: ['finance'] },
      },
    ],
    access_requests: { roles: [{ role: 'sre', approvers: ['sre-leads'] }] },
    notify,
  });
const hook = { name: 'chat', url: 'https://chat.example/hook', secrets: ['whsec_x'] };
const mail = { host: 'mail.acme.example', from: { address: 'relay@acme.example' } };
const told = (notify: object, given: Parameters<typeof accessRecord>[0] = {}): readonly string[] =>
  noticesOf(accessRecord(given), config(notify)).map(({ id }) => id);
const endsAtMs = 1_800_007_200_000;

describe('who is told of a request', () => {
  it.each<[string, object, Parameters<typeof accessRecord>[0], readonly string[]]>([
    ['nobody without webhooks and mail', {}, {}, []],
    ['a webhook', { webhooks: [hook] }, {}, ['req-1.requested.chat']],
    ['not of an end by itself', { webhooks: [hook] }, { event: 'expired' }, []],
    ['not a webhook for other events', { webhooks: [{ ...hook, events: ['decided'] }] }, {}, []],
    ['not a webhook for other approvers', { webhooks: [{ ...hook, groups: ['finance'] }] }, {}, []],
    [
      'a webhook for its approvers',
      { webhooks: [{ ...hook, groups: ['payroll-leads'] }] },
      {},
      ['req-1.requested.chat'],
    ],
    ['not a webhook for other roles', { webhooks: [{ ...hook, roles: ['sre'] }] }, {}, []],
    ['not a webhook for other APIs', { webhooks: [{ ...hook, apis: ['orders'] }] }, {}, []],
    [
      'not a webhook for one API of what is for all',
      { webhooks: [{ ...hook, apis: ['orders'] }] },
      { api: null, role: 'sre' },
      [],
    ],
    [
      'each address once',
      {
        mail: {
          ...mail,
          to: [{ addresses: ['bob@acme.example', 'eve@acme.example'] }, { addresses: ['bob@acme.example'] }],
        },
      },
      {},
      ['req-1.requested.mail.bob@acme.example', 'req-1.requested.mail.eve@acme.example'],
    ],
    ['who asked isn’t told of the asking', { mail: { ...mail, requester_domains: ['acme.example'] } }, {}, []],
    [
      'who asked is told of the decision, in the first domain',
      { mail: { ...mail, requester_domains: ['acme.example', 'acme.test'] } },
      { event: 'refused' },
      ['req-1.refused.mail.alice@acme.example'],
    ],
    [
      'who asked with a user name that is an address is told there',
      { mail: { ...mail, requester_domains: ['acme.example', 'acme.test'] } },
      { event: 'revoked', requester: { issuer: 'i', subject: 's', username: 'alice@acme.test' } },
      ['req-1.revoked.mail.alice@acme.test'],
    ],
    ...[
      'alice@elsewhere.example',
      'alice@acme.example\r\nBcc: x@y.example',
      'a b',
      '<alice@acme.example>',
      'a@b@acme.example',
      '',
    ].map((username): [string, object, Parameters<typeof accessRecord>[0], readonly string[]] => [
      `nobody at ${JSON.stringify(username)}`,
      { mail: { ...mail, requester_domains: ['acme.example'] } },
      { event: 'refused', requester: { issuer: 'i', subject: 's', username } },
      [],
    ]),
    [
      'a grant is told of, and its end when it comes',
      { webhooks: [hook] },
      { event: 'approved', expiresAtMs: endsAtMs },
      ['req-1.approved.chat', 'req-1.ending.chat'],
    ],
    [
      'the end of a grant for no longer than the warning isn’t told again',
      { webhooks: [hook], ending_minutes: 120 },
      { event: 'approved', expiresAtMs: endsAtMs },
      ['req-1.approved.chat'],
    ],
  ])('%s', (_, notify, given, expected) => {
    expect(told(notify, given)).toEqual(expected);
  });

  it('is told of the end at its time before it, and not after it', () => {
    const notices = noticesOf(accessRecord({ event: 'approved', expiresAtMs: endsAtMs }), config({ webhooks: [hook] }));
    expect(notices.at(-1)).toMatchObject({ event: 'ending', dueAtMs: endsAtMs - 1_800_000, giveUpAtMs: endsAtMs });
    expect(JSON.stringify(notices.at(-1))).not.toContain('alice');
  });
});

describe('the words of a message', () => {
  const links = { consoleUrl: 'https://console.acme.example', relayName: 'Acme' };
  const nasty = 'eve\r\nBcc: all@acme.example\u2028<script>alert("1")</script>\u202E';

  it('hold nothing that others wrote but as one line of text, and in HTML escaped', () => {
    const record = accessRecord({
      requester: { issuer: 'i', subject: 's', username: nasty },
      role: nasty,
      note: nasty,
      api: null,
    });
    const { subject, text, html } = noticeText({ event: 'requested', record }, { ...links, relayName: nasty });
    expect(subject).not.toMatch(/[\p{Cc}\u2028\u202E]/u);
    expect(text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
  });

  it.each<[Parameters<typeof noticeText>[0]['event'], string, readonly string[]]>([
    ['requested', 'alice asks for payroll-admin at payroll', ['Reason: Ticket 4711', 'For: 2 hours']],
    ['approved', 'alice was given payroll-admin at payroll', ['Decided by: bob', 'Until: 2027-01-15T10:00:00.000Z']],
    ['refused', 'alice was refused payroll-admin at payroll', ['Decided by: bob', 'Note: Ticket 4711']],
    ['revoked', 'alice no longer has payroll-admin at payroll', ['Decided by: bob']],
    ['ending', 'alice is about to lose payroll-admin at payroll', ['Until: 2027-01-15T10:00:00.000Z']],
  ])('of %s say what happened, and where to look', (event, subject, lines) => {
    const record = accessRecord({ by: 'bob', expiresAtMs: event === 'refused' ? null : endsAtMs });
    const words = noticeText({ event, record }, links);
    expect(words.subject).toBe(`${subject} [Acme]`);
    for (const line of lines) expect(words.text.split('\n')).toContain(line);
    expect(words.text).toContain('App: causeway://request/req-1\nConsole: https://console.acme.example/access/req-1');
  });

  it('are bounded, however long what others wrote is', () => {
    const long = 'x'.repeat(100_000);
    const record = accessRecord({ requester: { issuer: 'i', subject: 's', username: long }, role: long, note: long });
    const { subject, text } = noticeText({ event: 'requested', record }, links);
    expect(subject.length).toBeLessThan(200);
    expect(text.length).toBeLessThan(10_000);
  });
});
