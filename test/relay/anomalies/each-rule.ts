import type { Finding } from '../../../relay/anomalies/finding.ts';
import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';
import { decisionOf, outcomeOf, refusal } from './synthetic-incidents.ts';

const [secondMs, dayMs] = [1000, 86_400_000];
const nowMs = Date.now();
const startMs = nowMs - 3_600_000;
export const issuer = 'https://idp.example';
export const guesser = '198.51.100.7';

const of = (username: string, given: Partial<AuditCaller> = {}): AuditCaller => ({
  issuer,
  subject: `subject-${username}`,
  username,
  groups: [],
  sessionId: `session-${username}`,
  device: 'laptop',
  remoteAddress: '10.20.1.1',
  ...given,
});
type Given = Parameters<typeof decisionOf>[3];
const asked = (second: number, caller: AuditCaller, given: Given = {}): AuditRecord =>
  decisionOf(`${caller.username}-${second}`, startMs + second * secondMs, caller, given);
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));
const denied = { effect: 'deny', rule: null } as const;

/** Each documented rule, what happens, and whether it locks a person; else it locks the address. */
export const rules: readonly (readonly [
  rule: Finding['rule'],
  person: string | null,
  locksPerson: boolean,
  records: readonly AuditRecord[],
])[] = [
  ['denial-burst', 'ann', true, times(20, (index) => asked(index, of('ann'), denied))],
  [
    'path-scan',
    'ben',
    true,
    times(25, (index) => {
      const request = decisionOf(`ben-${index}`, startMs + index, of('ben'), { path: `/${index}` });
      return [request, outcomeOf(request, 404)];
    }).flat(),
  ],
  ['first-use-of-api', 'cleo', true, [asked(1, of('cleo'), { api: 'payroll' })]],
  ['new-device', 'dan', true, [asked(1, of('dan', { device: 'stolen', remoteAddress: '185.1.2.3' }))]],
  ['new-address', 'eve', true, times(5, (index) => asked(index, of('eve', { remoteAddress: '186.1.2.3' }), denied))],
  [
    'two-places',
    'fay',
    true,
    times(4, (index) => asked(index, of('fay', index % 2 === 0 ? {} : { remoteAddress: '10.40.1.1' }))),
  ],
  ['refused-sign-ins', null, false, times(30, (index) => refusal(startMs + index, guesser, `p${index}`))],
  ['dormant-account', 'gus', true, [asked(1, of('gus'))]],
  ['break-glass', 'hal', true, [asked(1, of('hal'), { rule: 'break-glass-admins' })]],
];

/** Everybody has been here for a month, gus not lately; somebody else uses payroll. */
export const before = [...rules.flatMap(([, person]) => (person === null ? [] : [person])), 'zed'].flatMap((person) =>
  (person === 'gus' ? [100, 70] : [100, 1]).map((day) =>
    decisionOf(`${person}-before-${day}`, nowMs - day * dayMs, of(person), {
      api: person === 'zed' ? 'payroll' : 'orders',
    }),
  ),
);
