import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';
import type { Finding } from '../../../relay/anomalies/finding.ts';
import { addressIn, callerOf, type Inhabitant, officeRange, rareApis } from './synthetic-people.ts';

/** Something that was put into the day on purpose, and whom or which address a finding has to name. */
export interface Incident {
  readonly rule: Finding['rule'];
  readonly about: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Planted {
  readonly incidents: readonly Incident[];
  readonly records: readonly AuditRecord[];
}

const minuteMs = 60_000;
/** How many of each kind: forty together. */
const counts: Readonly<Record<Finding['rule'], number>> = {
  'denial-burst': 6,
  'path-scan': 6,
  'first-use-of-api': 5,
  'new-device': 4,
  'new-address': 3,
  'two-places': 5,
  'refused-sign-ins': 5,
  'dormant-account': 3,
  'break-glass': 3,
};

/** Puts forty incidents into a day, at random moments between seven and nineteen; nobody has two. */
export function plant(
  dayMs: number,
  people: readonly Inhabitant[],
  dormant: readonly Inhabitant[],
  random: () => number,
): Planted {
  const incidents: Incident[] = [];
  const records: AuditRecord[] = [];
  const usual = people.filter(({ isService, activeDays, apis }) => {
    return !isService && activeDays.length > 8 && !rareApis.some((api) => apis.includes(api));
  });
  const free = [...usual];
  const away = [...dormant];
  const take = (from: Inhabitant[]): Inhabitant => {
    const [one] = from.splice(Math.floor(random() * from.length), 1);
    if (one === undefined) throw new Error('There are too few people for the incidents');
    return one;
  };
  const strangeRange = (): string => `185.${100 + Math.floor(random() * 100)}`;

  for (const [rule, count] of Object.entries(counts) as [Finding['rule'], number][]) {
    for (let index = 0; index < count; index += 1) {
      const fromMs = dayMs + (7 * 60 + Math.floor(random() * 12 * 60)) * minuteMs;
      const who = take(rule === 'dormant-account' ? away : free);
      const device = who.devices[0] ?? '';
      const session = `incident-${rule}-${index}`;
      const at = (range: string, on = device): AuditCaller => callerOf(who, on, addressIn(range, random), session);
      const elsewhere = callerOf(who, device, `2a0e:${(0x100 + index).toString(16)}::1`, session);
      let about = who.name;
      const add = (afterMs: number, caller: AuditCaller, given: Partial<Decision>, status = 200): void => {
        const request = decisionOf(`${session}-${records.length}`, fromMs + afterMs, caller, given);
        records.push(request);
        if (request.effect === 'allow') records.push(outcomeOf(request, status));
      };
      const usualApi = { api: who.apis[0] ?? '' };
      const rareApi = { api: rareApis[index % rareApis.length] ?? '' };
      switch (rule) {
        case 'denial-burst':
          for (let one = 0; one < 24; one += 1)
            add(one * 9_000, at(officeRange), {
              ...usualApi,
              path: `/v1/admin/${one % 3}`,
              effect: 'deny',
              rule: null,
            });
          break;
        case 'path-scan':
          // One half is denied, the other half finds nothing.
          for (let one = 0; one < 40; one += 1)
            add(
              one * 5_000,
              at(officeRange),
              {
                ...usualApi,
                path: `/guess/${one}`,
                ...(index % 2 === 0 ? { effect: 'deny' as const, rule: null } : {}),
              },
              404,
            );
          break;
        case 'first-use-of-api':
          for (let one = 0; one < 5; one += 1) add(one * 20_000, at(officeRange), rareApi);
          break;
        case 'new-device': {
          const range = strangeRange();
          for (let one = 0; one < 6; one += 1) add(one * 30_000, at(range, `stolen-${index}`), usualApi);
          break;
        }
        case 'new-address': {
          const range = strangeRange();
          for (let one = 0; one < 8; one += 1)
            add(one * 240_000, at(range), { ...usualApi, path: `/v1/secret/${one}`, effect: 'deny', rule: null });
          break;
        }
        case 'two-places':
          for (let one = 0; one < 8; one += 1) {
            const isHere = one % 2 === 0;
            // Every other time, one place has IPv4 alone and the other IPv6 alone.
            const caller = isHere || index % 2 === 0 ? at(isHere ? who.homeRange : '84.61') : elsewhere;
            add(
              one * 60_000,
              { ...caller, signIn: session, sessionId: `${session}-${isHere ? 'here' : 'there'}` },
              usualApi,
            );
          }
          break;
        case 'refused-sign-ins': {
          const remoteAddress = addressIn(strangeRange(), random);
          about = remoteAddress;
          for (let one = 0; one < 45; one += 1)
            records.push(refusal(fromMs + one * 10_000, remoteAddress, `guess-${one % 20}`));
          break;
        }
        case 'dormant-account':
          for (let one = 0; one < 5; one += 1) add(one * 30_000, at(who.homeRange), usualApi);
          break;
        case 'break-glass':
          add(0, at(officeRange), { ...usualApi, rule: 'break-glass-admins' });
      }
      incidents.push({ rule, about, fromMs, toMs: fromMs + 60 * minuteMs });
    }
  }
  return { incidents, records };
}

type Decision = Extract<AuditRecord, { type: 'decision' }>;

export function decisionOf(requestId: string, timeMs: number, caller: AuditCaller, given: Partial<Decision>): Decision {
  return {
    type: 'decision',
    requestId,
    timeMs,
    caller,
    api: 'orders',
    method: 'GET',
    path: '/v1/items',
    effect: 'allow',
    rule: 'employees-read',
    reason: 'The rule allows it.',
    policyRevision: 'r1',
    ...given,
  };
}

export function outcomeOf({ requestId, timeMs }: Decision, status: number): AuditRecord {
  return {
    type: 'outcome',
    requestId,
    timeMs: timeMs + 12,
    outcome: 'completed',
    status,
    durationMs: 12,
    requestBytes: 0,
    responseBytes: 200,
    detail: null,
  };
}

export function refusal(timeMs: number, remoteAddress: string, subject: string): AuditRecord {
  const claimed = { issuer: 'https://idp.example', subject };
  return {
    type: 'authentication-refused',
    timeMs,
    remoteAddress,
    code: 'token-rejected',
    detail: 'The token is over.',
    claimed,
    of: 'token',
  };
}

/** A grant to somebody, as the audit has it. */
export function auditedGrant(timeMs: number, grant: string, role: string): AuditRecord {
  return {
    type: 'access',
    timeMs,
    event: 'approved',
    grant,
    requester: { issuer: 'https://idp.example', subject: 'subject-alice', username: 'alice' },
    api: null,
    role,
    hours: 1,
    expiresAtMs: timeMs + 3_600_000,
    by: 'lead',
    note: '',
  };
}
