import type { AuditPage } from '../../api/admin-api.ts';

/** A record of the audit; a decision comes with its outcome. */
export type Entry = AuditPage['records'][number];

/** What a line of the table says of a record. Pure. */
export interface EntryWords {
  readonly who: string;
  readonly what: string;
  /** What was asked for, or where it happened. */
  readonly where: string;
  readonly detail: string;
  readonly tone: 'ok' | 'bad' | 'quiet';
}

type Fields = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const spaced = (value: unknown): string => text(value).replaceAll('-', ' ');

/** Id of a record in addresses of the console: its number, behind its relay where there are several. Pure. */
export function entryId({ relay, seq }: Pick<Entry, 'relay' | 'seq'>): string {
  return relay === undefined ? String(seq) : `${relay}:${seq}`;
}

/** Reads {@link entryId}; null for what isn’t one. Pure. */
export function readEntryId(id: string): { readonly relay?: string; readonly seq: number } | null {
  const [, relay, seq] = /^(?:([a-z0-9-]{1,63}):)?([1-9]\d{0,14})$/.exec(id) ?? [];
  if (seq === undefined) return null;
  return relay === undefined ? { seq: Number(seq) } : { relay, seq: Number(seq) };
}

/** The person that a record is about; empty when it is about none. Pure. */
export function personOf({ record }: Entry): string {
  const caller = text(fields(record['caller'])['username']);
  if (caller !== '') return caller;
  const person = text(fields(record['requester'])['username']) || text(fields(record['person'])['username']);
  return person || text(fields(record['claimed'])['subject']);
}

/** A record in the words of a person. Pure. */
export function wordsOf(entry: Entry): EntryWords {
  const { record, outcome } = entry;
  const who = personOf(entry);
  switch (record.type) {
    case 'decision': {
      const isAllowed = record['effect'] === 'allow';
      return {
        who,
        what: isAllowed ? outcomeWords(outcome) : 'denied',
        where: `${text(record['method'])} ${text(record['api'])}${text(record['path'])}`,
        detail: text(record['reason']),
        tone: isAllowed ? 'ok' : 'bad',
      };
    }
    case 'authentication-refused':
      return {
        who: who || 'unknown caller',
        what: 'sign-in refused',
        where: text(record['remoteAddress']),
        detail: `${text(record['code'])}: ${text(record['detail'])}`,
        tone: 'bad',
      };
    case 'session': {
      const { device, remoteAddress } = fields(record['caller']);
      return {
        who,
        what: sessionWords[text(record['event'])] ?? spaced(record['event']),
        where: text(device) || text(remoteAddress),
        detail: text(record['detail']),
        tone: 'quiet',
      };
    }
    case 'access': {
      const by = text(record['by']);
      return {
        who,
        what: `access ${text(record['event'])}`,
        where: `${text(record['role'])} at ${text(record['api']) || 'all APIs'}`,
        detail: [by === '' ? '' : `by ${by}`, text(record['note'])].filter((part) => part !== '').join(': '),
        tone: 'quiet',
      };
    }
    case 'administrator': {
      const { user } = fields(record['operator']);
      return {
        who,
        what: actWords[text(record['act'])] ?? spaced(record['act']),
        where: `by ${text(user)}`,
        detail: text(record['reason']),
        tone: 'quiet',
      };
    }
    case 'lock':
      return {
        who: text(record['operator']),
        what: spaced(record['event']),
        where: text(record['target']),
        detail: text(record['reason']),
        tone: 'bad',
      };
    case 'anomaly':
      return {
        who: who || 'nobody signed in',
        what: `anomaly: ${spaced(record['rule'])}`,
        where: text(record['api']) || text(record['remoteAddress']),
        detail: text(record['detail']),
        tone: 'bad',
      };
    default:
      return {
        who: '',
        what: `${record.type} ${spaced(record['event'])}`.trim(),
        where: '',
        detail: text(record['detail']),
        tone: 'quiet',
      };
  }
}

const actWords: Readonly<Record<string, string>> = {
  'sign-ins-revoked': 'sign-ins revoked',
};

const sessionWords: Readonly<Record<string, string>> = {
  opened: 'connected',
  renewed: 'sign-in renewed',
  closed: 'disconnected',
  'signed-out': 'signed out',
  renamed: 'renamed a device',
  'console-signed-in': 'signed in at the console',
  'console-signed-out': 'signed out of the console',
};

function outcomeWords(outcome: Entry['outcome']): string {
  if (outcome === null) return 'allowed, no outcome yet';
  const { status, outcome: how } = outcome as Fields;
  return typeof status === 'number' ? `allowed, ${status}` : `allowed, ${text(how)}`;
}
