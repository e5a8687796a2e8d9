import type { AccessRecord, Notice, NoticeEvent } from '../../../relay/notify/notice.ts';
import type { DueNotice } from '../../../relay/notify/notice-outbox.ts';

/** A record of a request, as it is in the audit. */
export function accessRecord(given: Partial<AccessRecord> = {}): AccessRecord {
  return {
    type: 'access',
    timeMs: 1_800_000_000_000,
    event: 'requested',
    grant: 'req-1',
    requester: { issuer: 'https://idp.example', subject: 'a', username: 'alice' },
    api: 'payroll',
    role: 'payroll-admin',
    hours: 2,
    expiresAtMs: null,
    by: 'alice',
    note: 'Ticket 4711',
    ...given,
  };
}

/** A message that is due. */
export function dueNotice(given: Partial<DueNotice> = {}): DueNotice {
  return {
    id: 'req-1.requested.mail.bob@acme.example',
    channel: 'mail',
    recipient: 'bob@acme.example',
    event: 'requested',
    dueAtMs: 1_800_000_000_000,
    giveUpAtMs: 1_900_000_000_000,
    attempts: 0,
    record: accessRecord(),
    ...given,
  };
}

/** A message without attempts, as it is put into an outbox. */
export function notice(id: string, given: Partial<Notice> & { readonly event?: NoticeEvent } = {}): Notice {
  const { attempts: _attempts, ...rest } = dueNotice(given);
  return { ...rest, id };
}
