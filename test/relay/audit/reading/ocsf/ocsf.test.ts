import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { AuditRecord } from '../../../../../relay/audit/audit-record.ts';
import type { AuditEntry, AuditOutcome } from '../../../../../relay/audit/reading/audit-query.ts';
import { ocsfLine, ocsfVersion } from '../../../../../relay/audit/reading/ocsf.ts';
import { madeUpRecords } from '../../../../support/fill-audit.ts';
import { type Schema, schemaProblems } from './schema-problems.ts';
import { alice, decision, outcome } from '../../audit-fixtures.ts';

interface Definitions {
  readonly classes: Readonly<Record<string, Schema>>;
  readonly $defs: Readonly<Record<string, Schema>>;
}

const { classes, $defs } = JSON.parse(
  readFileSync(new URL(`./ocsf-${ocsfVersion}.json`, import.meta.url), 'utf8'),
) as Definitions;

type Event = Readonly<Record<string, unknown>> & { readonly class_uid: number };

function eventOf(record: AuditRecord, ended: AuditRecord | null = null): Event {
  const lines = { seq: 7, record: JSON.stringify(record), outcome: ended === null ? null : JSON.stringify(ended) };
  return JSON.parse(ocsfLine(lines)) as Event;
}

function problemsOf(event: Event): readonly string[] {
  const schema = classes[event.class_uid];
  return schema === undefined ? [`no class ${event.class_uid}`] : schemaProblems(event, schema, $defs);
}

const at = { timeMs: 1_800_000_000_000 };
const person = { issuer: 'https://idp.example', subject: 'subject-alice', username: 'alice' };
const access = { type: 'access', ...at, grant: 'g1', requester: person, api: null, role: 'reader', hours: 8 } as const;
const cases: readonly (readonly [AuditRecord, AuditRecord | null, number, number])[] = [
  [decision('r1'), outcome('r1'), 4002, 400_203],
  [decision('r1', { method: 'PATCH', rule: null, userAgent: 'curl/8' }), null, 4002, 400_209],
  [decision('r1', { method: 'QUERY', effect: 'deny', code: 'denied' }), outcome('r1', 403), 4002, 400_299],
  [
    decision('r1'),
    { ...(outcome('r1') as AuditOutcome), outcome: 'unknown', status: null, detail: 'cut off', durationMs: 1.5 },
    4002,
    400_203,
  ],
  [
    {
      type: 'authentication-refused',
      ...at,
      remoteAddress: '127.0.0.1',
      code: 'token-expired',
      detail: '',
      claimed: null,
    },
    null,
    3002,
    300_201,
  ],
  ...(['token', 'logout-token', 'saml', 'event'] as const).map(
    (of) =>
      [
        { type: 'authentication-refused', ...at, remoteAddress: '::1', code: 'c', detail: '', claimed: null, of },
        null,
        3002,
        300_201,
      ] as const,
  ),
  ...(['opened', 'renewed', 'closed', 'signed-out', 'renamed', 'console-signed-in', 'console-signed-out'] as const).map(
    (event) =>
      [
        { type: 'session', ...at, event, caller: { ...alice, sessionId: '', device: '' }, detail: '' },
        null,
        3002,
        event === 'opened' || event === 'console-signed-in'
          ? 300_201
          : event === 'renewed' || event === 'renamed'
            ? 300_299
            : 300_202,
      ] as const,
  ),
  ...(['requested', 'approved', 'refused', 'revoked', 'expired'] as const).map(
    (event) =>
      [
        { ...access, event, expiresAtMs: null, by: event === 'expired' ? '' : 'bob', note: '' },
        null,
        3005,
        event === 'approved' ? 300_501 : event === 'revoked' || event === 'expired' ? 300_502 : 300_599,
      ] as const,
  ),
  [
    {
      type: 'administrator',
      ...at,
      id: 'a1',
      act: 'sign-ins-revoked',
      operator: { user: 'root', sudoUser: null },
      reason: 'left',
      person,
    },
    null,
    3002,
    300_202,
  ],
  [
    {
      type: 'lock',
      ...at,
      event: 'lock-added',
      operator: 'root',
      reason: 'stolen',
      target: 'device laptop',
      lock: 'l1',
      untilMs: null,
    },
    null,
    0,
    99,
  ],
  [
    {
      type: 'relay',
      ...at,
      event: 'break-glass-sign-in',
      detail: 'Break-glass sign-in of kim.',
      person: { issuer: 'https://relay.example/break-glass', subject: 'kim', username: 'kim' },
      remoteAddress: '192.0.2.1',
    },
    null,
    3002,
    300_201,
  ],
  ...(['started', 'stopped', 'policy-loaded', 'policy-refused', 'audit-recovered'] as const).map(
    (event) =>
      [
        { type: 'relay', ...at, event, detail: '' },
        null,
        6002,
        { started: 600_203, stopped: 600_204, 'policy-loaded': 600_208 }[event as string] ?? 600_299,
      ] as const,
  ),
];

it.each(cases)('%j with %j is an event of its class, as OCSF defines it', (record, ended, classUid, typeUid) => {
  const event = eventOf(record, ended);
  expect([event.class_uid, event['type_uid']]).toEqual([classUid, typeUid]);
  expect(problemsOf(event)).toEqual([]);
});

it('every record of a filled audit is an event as OCSF defines it', () => {
  const outcomes = new Map<string, AuditOutcome>();
  const records: AuditEntry['record'][] = [];
  for (const record of madeUpRecords(3000)) {
    if (record.type === 'outcome') outcomes.set(record.requestId, record);
    else records.push(record);
  }
  const problems = records.flatMap((record) =>
    problemsOf(eventOf(record, record.type === 'decision' ? (outcomes.get(record.requestId) ?? null) : null)),
  );
  expect(problems).toEqual([]);
});

it('the check finds what OCSF doesn’t define, what has another type, and what is missing', () => {
  const event = eventOf(decision('r1'), outcome('r1'));
  const { http_request: _request, http_response: _response, ...without } = event;
  const { time: _time, ...timeless } = event;
  for (const [wrong, words] of [
    [{ ...event, foo: 1 }, 'event.foo isn’t defined'],
    [{ ...event, time: 'now' }, 'event.time must be integer'],
    [{ ...event, activity_id: 42 }, 'event.activity_id must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99'],
    [{ ...event, actor: { user: {} } }, 'event.actor.user has none of account, name, uid'],
    [{ ...event, http_request: { url: { path: '/', no: 1 } } }, 'event.http_request.url.no isn’t defined'],
    [without, 'event has none of http_request, http_response'],
    [timeless, 'event lacks time'],
  ] as const)
    expect(problemsOf(wrong as unknown as Event)).toEqual([words]);
});
