import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import { configSchema, type Config } from '../../../relay/config/config-schema.ts';
import { type BreakGlassRecord, breakGlassNotices, type Notice } from '../../../relay/notify/notice.ts';
import { noticeText } from '../../../relay/notify/notice-text.ts';
import type { NoticeOutbox } from '../../../relay/notify/notice-outbox.ts';
import { startNotify } from '../../../relay/notify/start-notify.ts';

const hook = { name: 'chat', url: 'https://chat.example/hook', secrets: ['whsec_x'] };
const mail = { host: 'mail.acme.example', from: { address: 'relay@acme.example' } };
const config = (notify: object | undefined): Config =>
  configSchema.parse({
    relay: { name: 'Acme', url: 'https://relay.acme.example' },
    issuers: [],
    apis: [],
    ...(notify === undefined ? {} : { notify }),
  });
const record = (given: Partial<BreakGlassRecord> = {}): BreakGlassRecord => ({
  type: 'relay',
  timeMs: 1_800_000_000_000,
  event: 'break-glass-sign-in',
  detail: 'Break-glass sign-in of pat by passkey from 203.0.113.9, until 2027-01-15T08:30:00.000Z.',
  person: { issuer: 'https://relay.acme.example/break-glass', subject: 'pat', username: 'pat' },
  remoteAddress: '203.0.113.9',
  ...given,
});

it.each<[string, object | undefined, Partial<BreakGlassRecord>, readonly string[]]>([
  ['nobody without notify', undefined, {}, []],
  ['nobody who asked for other events', { webhooks: [{ ...hook, events: ['requested'] }] }, {}, []],
  ['nobody of an invitation', { webhooks: [hook] }, { event: 'break-glass-account' }, []],
  ['nobody of a start', { webhooks: [hook] }, { event: 'started' }, []],
  ['nobody who only asks for access', { mail: { ...mail, requester_domains: ['acme.example'] } }, {}, []],
  ['who is told of all', { webhooks: [hook] }, {}, ['chat']],
  [
    'who decides on some requests only, too',
    { webhooks: [{ ...hook, groups: ['a'], roles: ['b'], apis: ['c'] }] },
    {},
    ['chat'],
  ],
  [
    'each address once',
    {
      mail: {
        ...mail,
        to: [{ addresses: ['a@x.example'] }, { addresses: ['a@x.example', 'b@x.example'], events: ['break-glass'] }],
      },
    },
    {},
    ['mail a@x.example', 'mail b@x.example'],
  ],
])('an emergency sign-in is told to %s', (_who, notify, given, told) => {
  const notices = breakGlassNotices(record(given), config(notify));
  expect(notices.map(({ channel, recipient }) => `${channel} ${recipient}`.trim())).toEqual(told);
  // The same sign-in is the same message, another one isn’t.
  expect(breakGlassNotices(record(given), config(notify)).map(({ id }) => id)).toEqual(notices.map(({ id }) => id));
  const later = breakGlassNotices(record({ ...given, timeMs: 1_800_000_000_001 }), config(notify));
  expect(later.filter(({ id }) => notices.some((one) => one.id === id))).toEqual([]);
});

it('says whose account, from where and what to do; what somebody made up stays on its line', () => {
  const detail = 'Break-glass sign-in of pat\r\nBcc: all@x.example <b>';
  const links = { relayName: 'Acme', consoleUrl: 'https://admin.acme.example/console' };
  const said = noticeText({ event: 'break-glass', record: record({ detail }) }, links);
  expect(said.subject).toBe('Emergency sign-in of pat [Acme]');
  expect(said.text).toMatch(
    /^Emergency sign-in of pat\. If you don’t know why, lock the account or end its sessions\.\n/,
  );
  expect(said.text).toMatch(
    /\nFrom: 203\.0\.113\.9\nAt: 2027-01-15T08:00:00\.000Z\nConsole: https:\/\/admin\.acme\.example\/console\/people/,
  );
  expect(said.text).not.toMatch(/^Bcc:/m);
  expect(said.html).toContain('&lt;b&gt;');
});

it('its record waits for no outbox that is away, and the messages are kept once it is back', async () => {
  const kept: Notice[] = [];
  let isAway = true;
  const add = vi.fn<NoticeOutbox['add']>((notices) => {
    if (isAway) throw new Error('the storage is away');
    kept.push(...notices);
    return 0;
  });
  const outbox = { add, take: () => [], states: () => [], close: () => undefined } as unknown as NoticeOutbox;
  const settings = {
    config: config({ webhooks: [hook] }),
    links: { relayName: 'Acme', consoleUrl: null },
    authorities: new Map<string, string>(),
  };
  const notify = startNotify({
    openOutbox: () => outbox,
    settings,
    sends: false,
    find: () => null,
    log: pino({ level: 'silent' }),
    pollMs: 10,
  });
  const recorded: string[] = [];
  const audit = {
    healthy: true,
    append: (one: { type: string }, done: (error: null) => void) => {
      recorded.push(one.type);
      done(null);
    },
  } as unknown as AuditLog;
  let isDone = false;
  notify.telling(audit).append(record(), () => (isDone = true));
  // Within the same turn: nothing was waited for.
  expect([recorded, isDone]).toEqual([['relay'], true]);
  await vi.waitFor(() => expect(add.mock.calls.length).toBeGreaterThan(1), 30_000);
  expect(kept).toEqual([]);
  isAway = false;
  await vi.waitFor(
    () => expect(kept.map(({ event, channel }) => `${event} ${channel}`)).toEqual(['break-glass chat']),
    30_000,
  );
  await notify.close();
});
