import { describe, expect, it } from 'vitest';
import type { AuditEntry, AuditOutcome } from '../../../../../relay/audit/reading/audit-query.ts';
import { ocsfEvent, ocsfLine } from '../../../../../relay/audit/reading/ocsf.ts';

type Record_ = AuditEntry['record'];
type Decision = Extract<Record_, { type: 'decision' }>;

const caller = {
  issuer: 'https://sso.example',
  subject: 's-1',
  username: 'alice',
  groups: ['dev'],
  sessionId: 'z-1',
  device: 'd-1',
  remoteAddress: '192.0.2.1',
};
const decision: Decision = {
  type: 'decision',
  requestId: 'r-1',
  timeMs: 1000,
  caller,
  api: 'orders',
  method: 'GET',
  path: '/v1',
  effect: 'allow',
  rule: 'all',
  reason: 'because',
  policyRevision: 'p-1',
};
const outcome: AuditOutcome = {
  type: 'outcome',
  requestId: 'r-1',
  timeMs: 2000,
  outcome: 'completed',
  status: 200,
  durationMs: 1.6,
  requestBytes: 3,
  responseBytes: 5,
  detail: null,
};
const event = (more: Partial<Decision>, ended: Partial<AuditOutcome> | null) =>
  ocsfEvent(7, { ...decision, ...more }, ended === null ? null : { ...outcome, ...ended });
const eventOf = (record: object) => ocsfEvent(7, { timeMs: 1000, ...record } as Record_, null);

const success = { status_id: 1, status: 'Success' };
const failure = { status_id: 2, status: 'Failure' };
const unknown = { status_id: 0, status: 'Unknown' };

describe('a request’s event', () => {
  it.each<[effect: 'allow' | 'deny', ended: Partial<AuditOutcome>, status: object]>([
    ['allow', {}, success],
    ['allow', { status: 500 }, success],
    ['allow', { code: 'upstream-unreachable', status: 502 }, failure],
    ['allow', { outcome: 'aborted' }, failure],
    ['allow', { outcome: 'unknown' }, unknown],
    ['deny', {}, failure],
    ['deny', { code: 'denied', status: 403 }, failure],
    ['deny', { outcome: 'unknown' }, unknown],
  ])('of a request that is to %s and ended with %j has the status %j', (effect, ended, status) => {
    expect(event({ effect }, ended)).toMatchObject(status);
  });

  it('says what is known of its end', () => {
    expect(event({}, {})).toMatchObject({
      status_code: '200',
      http_response: { code: 200, length: 5 },
      traffic: { bytes_in: 3, bytes_out: 5 },
      duration: 2,
    });
    expect(event({}, {})).not.toHaveProperty('message');
    expect(event({}, { detail: 'cut off', status: null })).toMatchObject({ message: 'cut off' });
    expect(event({}, { status: null })).not.toHaveProperty('http_response');
    expect(event({}, null)).not.toHaveProperty('status_id');
    expect(event({}, null)).not.toHaveProperty('duration');
    expect(event({ effect: 'deny' }, null)).toMatchObject(failure);
  });

  it('says what was decided, by which rule, for whom', () => {
    expect(event({}, null)).toMatchObject({
      severity_id: 1,
      action_id: 1,
      action: 'Allowed',
      disposition_id: 1,
      disposition: 'Allowed',
      status_detail: 'because',
      policy: { uid: 'p-1', name: 'all', is_applied: true },
      actor: {
        user: { uid: 's-1', name: 'alice', groups: [{ name: 'dev' }] },
        session: { uid: 'z-1', issuer: 'https://sso.example' },
      },
      src_endpoint: { ip: '192.0.2.1', name: 'd-1', uid: 'd-1' },
      dst_endpoint: { svc_name: 'orders' },
      http_request: { uid: 'r-1', http_method: 'GET', url: { path: '/v1' } },
      time: 1000,
      metadata: { sequence: 7, uid: '7', correlation_uid: 'r-1', version: '1.8.0' },
    });
    expect(event({ effect: 'deny', rule: null, userAgent: 'curl' }, null)).toMatchObject({
      severity_id: 2,
      action_id: 2,
      action: 'Denied',
      disposition_id: 2,
      disposition: 'Blocked',
      policy: { name: 'no rule', is_applied: false },
      http_request: { user_agent: 'curl' },
    });
  });

  it.each([
    ['CONNECT', 1, 'Connect'],
    ['DELETE', 2, 'Delete'],
    ['GET', 3, 'Get'],
    ['HEAD', 4, 'Head'],
    ['OPTIONS', 5, 'Options'],
    ['POST', 6, 'Post'],
    ['PUT', 7, 'Put'],
    ['TRACE', 8, 'Trace'],
    ['PATCH', 9, 'Patch'],
    ['PROPFIND', 99, 'PROPFIND'],
  ])('by %s is activity %i', (method, activity, name) => {
    expect(event({ method }, null)).toMatchObject({
      category_uid: 4,
      class_uid: 4002,
      activity_id: activity,
      activity_name: name,
      type_uid: 400_200 + activity,
    });
  });

  it('leaves out where nobody knows from where it came', () => {
    const from = (remoteAddress: string, device: string) =>
      event({ caller: { ...caller, remoteAddress, device } }, null)['src_endpoint'];
    expect(from('', '')).toBeUndefined();
    expect(from('192.0.2.1', '')).toEqual({ ip: '192.0.2.1' });
    expect(from('', 'd-1')).toEqual({ name: 'd-1', uid: 'd-1' });
  });
});

const person = { issuer: 'i', subject: 's-2', username: 'bob' };
const operator = { user: 'root', sudoUser: null };
const access = { type: 'access', requester: person, role: 'reader', api: 'orders', grant: 'g-1', note: 'n', by: 'ops' };

describe('the event of another record', () => {
  it.each<[record: object, said: object]>([
    [
      {
        type: 'authentication-refused',
        remoteAddress: '192.0.2.9',
        code: 'token-rejected',
        detail: 'why',
        claimed: { issuer: 'i', subject: 's' },
      },
      {
        type_uid: 300_201,
        activity_name: 'Logon',
        ...failure,
        severity_id: 2,
        status_code: 'token-rejected',
        status_detail: 'why',
        user: { uid: 's', domain: 'i' },
        src_endpoint: { ip: '192.0.2.9' },
      },
    ],
    [
      { type: 'authentication-refused', remoteAddress: '', code: 'c', detail: 'd', claimed: null },
      { user: { uid: 'unknown' } },
    ],
    ...(
      [
        ['token', 6, 'OAUTH 2.0'],
        ['logout-token', 4, 'OpenID'],
        ['saml', 5, 'SAML'],
        ['event', 99, 'Shared Signals'],
      ] as const
    ).map(([of, id, name]): [object, object] => [
      { type: 'authentication-refused', remoteAddress: '', code: 'c', detail: 'd', claimed: null, of },
      { auth_protocol_id: id, auth_protocol: name },
    ]),
    ...(
      [
        ['opened', 1, 'Logon'],
        ['renewed', 99, 'Renew'],
        ['closed', 2, 'Logoff'],
        ['signed-out', 2, 'Logoff'],
        ['renamed', 99, 'Rename Device'],
        ['console-signed-in', 1, 'Logon'],
        ['console-signed-out', 2, 'Logoff'],
      ] as const
    ).map(([name, activity, activityName]): [object, object] => [
      { type: 'session', event: name, caller, detail: 'd' },
      {
        type_uid: 300_200 + activity,
        activity_name: activityName,
        ...success,
        severity_id: 1,
        user: { uid: 's-1' },
        session: { uid: 'z-1', issuer: 'https://sso.example' },
      },
    ]),
    [
      { type: 'administrator', act: 'session-ended', person, operator, reason: 'why' },
      {
        type_uid: 300_202,
        ...success,
        severity_id: 3,
        status_detail: 'why',
        user: { uid: 's-2', name: 'bob' },
        actor: { user: { name: 'root' } },
        message: 'session-ended',
      },
    ],
    [
      { type: 'administrator', act: 'a', person, operator: { user: 'root', sudoUser: 'eve' }, reason: 'r' },
      { actor: { user: { name: 'eve' } } },
    ],
    ...(
      [
        ['requested', 99, 'Request'],
        ['approved', 1, 'Assign Privileges'],
        ['refused', 99, 'Refuse'],
        ['revoked', 2, 'Revoke Privileges'],
        ['expired', 2, 'Revoke Privileges'],
      ] as const
    ).map(([name, activity, activityName]): [object, object] => [
      { ...access, event: name },
      {
        type_uid: 300_500 + activity,
        activity_name: activityName,
        ...success,
        user: { uid: 's-2', name: 'bob' },
        privileges: ['reader'],
        resources: [{ name: 'orders', uid: 'g-1', type: 'API' }],
        actor: { user: { name: 'ops' } },
      },
    ]),
    [{ ...access, event: 'requested', api: null }, { resources: [{ name: 'all APIs' }] }],
    ...(
      [
        ['started', 3, 'Start'],
        ['stopped', 4, 'Stop'],
        ['policy-loaded', 8, 'Update'],
        ['audit-cut', 99, 'audit-cut'],
      ] as const
    ).map(([name, activity, activityName]): [object, object] => [
      { type: 'relay', event: name, detail: 'd' },
      { category_uid: 6, type_uid: 600_200 + activity, activity_name: activityName, ...success, message: `${name} d` },
    ]),
    [{ type: 'relay', event: 'started', detail: '' }, { message: 'started' }],
    [
      { type: 'lock', event: 'locked', target: 'alice', reason: 'why' },
      {
        category_uid: 0,
        type_uid: 99,
        severity_id: 1,
        message: 'locked alice',
        status_detail: 'why',
        unmapped: { type: 'lock', target: 'alice' },
      },
    ],
    [
      { type: 'anomaly', rule: 'new-country', detail: 'd' },
      {
        type_uid: 99,
        severity_id: 3,
        message: 'anomaly new-country',
        status_detail: 'd',
        unmapped: { rule: 'new-country' },
      },
    ],
  ])('%j says %j', (record, said) => {
    expect(eventOf(record)).toMatchObject(said);
  });

  it('names nobody who acted where nobody did, and no correlation', () => {
    expect(eventOf({ ...access, event: 'expired', by: '' })).not.toHaveProperty('actor');
    expect(eventOf({ type: 'relay', event: 'started', detail: '' })).not.toHaveProperty('metadata.correlation_uid');
  });
});

it('a line is one event, with the relay that wrote it where there are several', () => {
  const lines = { seq: 7, record: JSON.stringify(decision), outcome: JSON.stringify(outcome) };
  const parsed = (more: object): unknown =>
    JSON.parse(ocsfLine({ ...lines, ...more } as Parameters<typeof ocsfLine>[0]));
  expect(ocsfLine(lines as Parameters<typeof ocsfLine>[0]).endsWith('}\n')).toBe(true);
  expect(parsed({})).toMatchObject({ ...success, metadata: { uid: '7' } });
  expect(parsed({})).not.toHaveProperty('metadata.log_provider');
  expect(parsed({ outcome: null })).not.toHaveProperty('status_id');
  expect(parsed({ relay: 'fra' })).toMatchObject({ metadata: { uid: 'fra:7', log_provider: 'fra', sequence: 7 } });
});
