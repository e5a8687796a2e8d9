import type { AuditPlace } from './audit-place.ts';
import type { StoredRecord } from './audit-reader.ts';
import type { Counts } from './count-records.ts';
import type { Period, ReportQuery } from './report.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** How far the audit of one relay has been counted. */
export interface Counted extends AuditPlace {
  /** Records that had gone from the audit before they were counted. */
  readonly missed: number;
  /** Whether counts are here that this audit doesn't hold (any more). */
  readonly outlived: boolean;
}

/** Who a person is, as the counts know it; one object for each person that an answer names. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
}

/** What requests can be counted by. */
export type UsageColumn = 'hour' | 'person' | 'groups' | 'api' | 'rule' | 'allowed';

/** Requests that are alike in the columns that were asked for; the others are empty. */
export interface UsageTotal {
  readonly hour: number;
  readonly person: Person;
  readonly groups: readonly string[];
  readonly api: string;
  /** Empty when no rule decided. */
  readonly rule: string;
  readonly allowed: boolean;
  readonly requests: number;
  readonly lastHour: number;
}

/** Denied requests of one person that are alike. */
export interface DenialTotal extends Pick<UsageTotal, 'person' | 'groups' | 'api' | 'rule' | 'requests' | 'lastHour'> {
  readonly method: string;
  /** Empty for paths of many kinds. */
  readonly shape: string;
  /** The last of their paths, whole. */
  readonly path: string;
}

/** A grant that was approved, as the audit told it. */
export interface ApprovedGrant {
  readonly id: string;
  readonly api: string | null;
  readonly role: string;
  readonly hour: number;
}

/** What narrows a report; all that is given must match. */
export type UsageFilter = Pick<ReportQuery, 'api' | 'user' | 'group'>;

/**
 * What the audit was counted to: exact, and outliving it. A store is opened for the audit of one relay, which it adds to;
 * it answers for all relays that share it. One that can't be reached says so with an AccessError.
 */
export interface UsageStore {
  /** How far this relay's audit is counted. */
  counted(): Awaitable<Counted>;
  /** The same of every relay, by name; one without a name where the store has only this one. */
  allCounted(): Awaitable<ReadonlyMap<string, Counted>>;
  /** Adds counts and moves on, both or neither; false when somebody else has moved on from that place before. */
  add(from: Counted, counts: Iterable<Counts>, to: Counted): Awaitable<boolean>;
  /** Puts counts in the place of this relay's after an hour; false when that isn't its place (any more). */
  replace(at: Counted, afterHour: number, counts: Iterable<Counts>): Awaitable<boolean>;
  /** Id of the relay whose audit is counted, where several relays share the counts. */
  readonly relay?: string;
  /** Records of this relay's audit after a number and up to another that are kept beside the counts, the first ones. */
  kept?(after: number, upTo: number, limit: number): Awaitable<readonly StoredRecord[]>;
  usage(period: Period, by: readonly UsageColumn[], filter: UsageFilter): Awaitable<readonly UsageTotal[]>;
  denials(period: Period, filter: UsageFilter): Awaitable<readonly DenialTotal[]>;
  /** Grants that were approved before an hour. */
  approved(toHour: number): Awaitable<readonly ApprovedGrant[]>;
  /** Whether some request was of an API, of a person (by user name or subject) or of somebody with a group. */
  knows(kind: 'api' | 'person' | 'group', name: string): Awaitable<boolean>;
  close(): Awaitable<void>;
}

/** Whether two places are the same; what is counted is only added from the place where it ended. */
export function isSamePlace(one: AuditPlace, other: AuditPlace): boolean {
  return one.seq === other.seq && Buffer.from(one.digest).equals(other.digest);
}

/** Stands where a person wasn't asked for. */
export const nobody: Person = { issuer: '', subject: '', username: '' };
