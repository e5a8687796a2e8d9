import { hash } from 'node:crypto';
import type { AuditRecord } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import { mailChannel } from '../config/notify-problems.ts';
import type { NotifyConfig, NoticeKind } from '../config/notify-schema.ts';
import { approversOf } from '../grants/access-rules.ts';

/** What happened to a request for access, as it is recorded. */
export type AccessRecord = Extract<AuditRecord, { type: 'access' }>;

/** A sign-in with an emergency account, as it is recorded. */
export type BreakGlassRecord = Extract<AuditRecord, { type: 'relay' }>;

/** What somebody is told of. */
export type NoticeEvent = 'requested' | 'approved' | 'refused' | 'revoked' | 'ending' | 'break-glass';

/** One message to one receiver. Times are milliseconds since the epoch. */
export interface Notice {
  /** The same for the same message, however often it is made or sent. */
  readonly id: string;
  /** Name of a webhook, or `mail`. */
  readonly channel: string;
  /** Mail address; empty for a webhook. */
  readonly recipient: string;
  readonly event: NoticeEvent;
  readonly dueAtMs: number;
  /** From then on it isn’t tried any more. */
  readonly giveUpAtMs: number;
  /** As the request was then; of `ending` without names, which are looked up when it is sent. */
  readonly record: AccessRecord | BreakGlassRecord;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;
const mailAddress = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9.-]{1,189})$/;
const localPart = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;

type Told = Pick<NotifyConfig['webhooks'][number], 'events' | 'groups' | 'roles' | 'apis'>;

/** The messages that a record asks for, by the config in force. Pure. */
export function noticesOf(
  record: AccessRecord,
  config: Pick<Config, 'apis' | 'access_requests' | 'notify'>,
): readonly Notice[] {
  const { notify } = config;
  if (notify === undefined) return [];
  const approvers = approversOf(config, record);
  const wants = (told: Told, kind: NoticeKind): boolean =>
    told.events.includes(kind) &&
    (told.groups === undefined || told.groups.some((group) => approvers.includes(group))) &&
    (told.roles === undefined || told.roles.includes(record.role)) &&
    (told.apis === undefined || (record.api !== null && told.apis.includes(record.api)));

  return eventsOf(record, notify).flatMap(({ event, kind, dueAtMs, giveUpAtMs }) => {
    const make = (channel: string, recipient: string): Notice => ({
      id: `${record.grant}.${event}.${channel}${recipient === '' ? '' : `.${recipient}`}`,
      channel,
      recipient,
      event,
      dueAtMs,
      giveUpAtMs,
      record: event === 'ending' ? withoutNames(record) : record,
    });
    const { webhooks, mail } = notify;
    const requester = kind === 'requested' ? null : requesterAddress(record.requester.username, mail);
    const addresses = new Set([
      ...(requester === null ? [] : [requester]),
      ...(mail?.to ?? []).flatMap((entry) => (wants(entry, kind) ? entry.addresses : [])),
    ]);
    return [
      ...webhooks.filter((webhook) => wants(webhook, kind)).map(({ name }) => make(name, '')),
      ...[...addresses].map((address) => make(mailChannel, address)),
    ];
  });
}

/**
 * The messages of a sign-in with an emergency account: it concerns everybody who is told of such, whichever requests they decide. Pure.
 */
export function breakGlassNotices(record: BreakGlassRecord, { notify }: Pick<Config, 'notify'>): readonly Notice[] {
  if (notify === undefined || record.event !== 'break-glass-sign-in') return [];
  const isTold = ({ events }: Told): boolean => events.includes('break-glass');
  const { timeMs } = record;
  const id = hash('sha256', JSON.stringify([timeMs, record.detail]), 'base64url').slice(0, 12);
  const make = (channel: string, recipient: string): Notice => ({
    id: `${id}.break-glass.${channel}${recipient === '' ? '' : `.${recipient}`}`,
    channel,
    recipient,
    event: 'break-glass',
    dueAtMs: timeMs,
    giveUpAtMs: timeMs + notify.give_up_hours * hourMs,
    record,
  });
  const addresses = new Set((notify.mail?.to ?? []).flatMap((entry) => (isTold(entry) ? entry.addresses : [])));
  return [
    ...notify.webhooks.filter(isTold).map(({ name }) => make(name, '')),
    ...[...addresses].map((address) => make(mailChannel, address)),
  ];
}

/** What waits for as long as a grant must not keep the name of somebody who is erased meanwhile. */
function withoutNames(record: AccessRecord): AccessRecord {
  return { ...record, requester: { issuer: '', subject: '', username: '' }, by: '', note: '' };
}

interface Due extends Pick<Notice, 'event' | 'dueAtMs' | 'giveUpAtMs'> {
  readonly kind: NoticeKind;
}

function eventsOf(record: AccessRecord, notify: NotifyConfig): readonly Due[] {
  const { event, timeMs, expiresAtMs, hours } = record;
  if (event === 'expired' || event === 'cancelled') return [];
  const giveUpAtMs = timeMs + notify.give_up_hours * hourMs;
  const now: Due = { event, kind: event === 'requested' ? event : 'decided', dueAtMs: timeMs, giveUpAtMs };
  const warnMs = notify.ending_minutes * minuteMs;
  // Who gets a grant for less has just been told when it ends.
  if (event !== 'approved' || expiresAtMs === null || hours * hourMs <= warnMs) return [now];
  return [now, { event: 'ending', kind: 'ending', dueAtMs: expiresAtMs - warnMs, giveUpAtMs: expiresAtMs }];
}

/** Where the person who asked is written to: only in the domains that the config names; null for nowhere. */
function requesterAddress(username: string, mail: NotifyConfig['mail']): string | null {
  const [first, ...others] = mail?.requester_domains ?? [];
  if (first === undefined) return null;
  if (localPart.test(username)) return `${username}@${first}`;
  const domain = mailAddress.exec(username)?.[1]?.toLowerCase();
  return domain !== undefined && [first, ...others].includes(domain) ? username : null;
}
