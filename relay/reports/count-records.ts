import type { AuditCaller, AuditRecord } from '../audit/audit-record.ts';
import { pathShape } from './path-shape.ts';

type Decision = Extract<AuditRecord, { type: 'decision' }>;
type Approval = Extract<AuditRecord, { type: 'access' }>;

/** How often the same caller was answered the same way within one hour. */
export interface UsageCount {
  /** Hours since 1970, UTC. */
  readonly hour: number;
  readonly caller: Pick<AuditCaller, 'issuer' | 'subject' | 'username'>;
  /** Sorted, as one JSON array. */
  readonly groups: string;
  readonly api: string;
  /** Empty when no rule decided. */
  readonly rule: string;
  readonly allowed: boolean;
  requests: number;
}

/** Denied requests that look alike. */
export interface DenialCount extends UsageCount {
  readonly method: string;
  readonly shape: string;
  /** The last of their paths, whole. */
  path: string;
}

/** A grant that was approved: what of its record is kept. */
export type ApprovedCount = Pick<Approval, 'grant' | 'timeMs' | 'api' | 'role'> & {
  readonly requester: Pick<Approval['requester'], 'username'>;
};

/** What some records of the audit say together. */
export interface Counts {
  readonly usage: readonly UsageCount[];
  readonly denials: readonly DenialCount[];
  readonly approved: readonly ApprovedCount[];
}

const hourMs = 3_600_000;

/** The hour in which a moment lies. */
export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / hourMs);
}

/** Milliseconds since the epoch at which an hour begins. */
export function hourStartMs(hour: number): number {
  return hour * hourMs;
}

/** Counts records as they are stored; those of hours up to `skipUpToHour` are left out. Pure. */
export function countRecords(payloads: Iterable<string>, skipUpToHour = Number.NEGATIVE_INFINITY): Counts {
  const usage = new Map<string, UsageCount>();
  const denials = new Map<string, DenialCount>();
  const approved: ApprovedCount[] = [];
  for (const payload of payloads) {
    // Half of all records, and nothing in them is counted: not worth parsing.
    if (payload.startsWith('{"type":"outcome"')) continue;
    const record = JSON.parse(payload) as AuditRecord;
    if (record.type === 'access' && record.event === 'approved') approved.push(record);
    if (record.type !== 'decision' || hourOf(record.timeMs) <= skipUpToHour) continue;
    const one = countOf(record);
    const key = JSON.stringify([
      one.hour,
      one.caller.issuer,
      one.caller.subject,
      one.groups,
      one.api,
      one.rule,
      one.allowed,
    ]);
    add(usage, key, one);
    if (one.allowed) continue;
    const shape = pathShape(record.path);
    const alike = add(denials, `${key}${record.method} ${shape}`, {
      ...one,
      method: record.method,
      shape,
      path: '',
      requests: 0,
    });
    alike.path = record.path;
  }
  return { usage: [...usage.values()], denials: [...denials.values()], approved };
}

function countOf({ timeMs, caller, api, rule, effect }: Decision): UsageCount {
  const groups = JSON.stringify(caller.groups.toSorted());
  return { hour: hourOf(timeMs), caller, groups, api, rule: rule ?? '', allowed: effect === 'allow', requests: 0 };
}

function add<Count extends UsageCount>(counts: Map<string, Count>, key: string, one: Count): Count {
  let found = counts.get(key);
  if (found === undefined) {
    found = one;
    counts.set(key, found);
  }
  found.requests += 1;
  return found;
}
