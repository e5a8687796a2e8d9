import { assertNever } from '../../../shared/errors.ts';
import { version } from '../../../shared/version.ts';
import type { AuditCaller, RefusedKind } from '../audit-record.ts';
import type { AuditEntry, AuditOutcome } from './audit-query.ts';
import type { SourcedLines } from './audit-source.ts';

/** The version of the Open Cybersecurity Schema Framework that records are exported in. */
export const ocsfVersion = '1.8.0';

type Attributes = Readonly<Record<string, unknown>>;
type Decision = Extract<AuditEntry['record'], { type: 'decision' }>;
type RelayRecord = Extract<AuditEntry['record'], { type: 'relay' }>;

const success = { status_id: 1, status: 'Success' };
const failure = { status_id: 2, status: 'Failure' };
const relayService = { name: 'Causeway relay', version };

/** One record, with its outcome, as an OCSF event: a line of JSON. */
export function ocsfLine({ relay, seq, record, outcome }: SourcedLines): string {
  const parsed = JSON.parse(record) as AuditEntry['record'];
  const event = ocsfEvent(seq, parsed, outcome === null ? null : (JSON.parse(outcome) as AuditOutcome));
  const { metadata } = event;
  const named =
    relay === undefined
      ? event
      : { ...event, metadata: { ...(metadata as Attributes), log_provider: relay, uid: `${relay}:${seq}` } };
  return `${JSON.stringify(named)}\n`;
}

/**
 * HTTP Activity for a request; Authentication for sign-ins, sessions and what is done to them; User Access Management for
 * access that is asked for and granted; Application Lifecycle for the relay itself; Base Event for locks.
 */
export function ocsfEvent(seq: number, record: AuditEntry['record'], outcome: AuditOutcome | null): Attributes {
  switch (record.type) {
    case 'decision':
      return { ...httpActivity(record, outcome), ...common(seq, record.timeMs, record.requestId) };
    case 'authentication-refused':
      return {
        ...classOf(3, 3002, 1, 'Logon'),
        ...failure,
        severity_id: 2,
        status_code: record.code,
        status_detail: record.detail,
        ...(record.of === undefined ? {} : refusedProtocols[record.of]),
        user:
          record.claimed === null ? { uid: 'unknown' } : { uid: record.claimed.subject, domain: record.claimed.issuer },
        ...source(record.remoteAddress),
        service: relayService,
        ...common(seq, record.timeMs),
      };
    case 'session': {
      const [activity, name] = sessionActivities[record.event];
      return {
        ...classOf(3, 3002, activity, name),
        ...success,
        severity_id: 1,
        status_detail: record.detail,
        user: userOf(record.caller),
        session: { uid: record.caller.sessionId, issuer: record.caller.issuer },
        ...source(record.caller.remoteAddress, record.caller.device),
        service: relayService,
        ...common(seq, record.timeMs),
      };
    }
    case 'administrator':
      if (record.person === null || record.act === 'anomaly-acknowledged')
        return {
          ...classOf(0, 0, 99, record.act),
          severity_id: 1,
          message: record.act,
          status_detail: record.reason,
          unmapped: record,
          ...common(seq, record.timeMs),
        };
      return {
        ...classOf(3, 3002, 2, 'Logoff'),
        ...success,
        severity_id: 3,
        status_detail: record.reason,
        user: { uid: record.person.subject, name: record.person.username },
        actor: { user: { name: record.operator.sudoUser ?? record.operator.user } },
        service: relayService,
        message: record.act,
        ...common(seq, record.timeMs),
      };
    case 'access': {
      const [activity, name] = accessActivities[record.event];
      return {
        ...classOf(3, 3005, activity, name),
        ...success,
        severity_id: 1,
        status_detail: record.note,
        user: { uid: record.requester.subject, name: record.requester.username },
        privileges: [record.role],
        resources: [{ name: record.api ?? 'all APIs', uid: record.grant, type: 'API' }],
        ...(record.by === '' ? {} : { actor: { user: { name: record.by } } }),
        ...common(seq, record.timeMs),
      };
    }
    case 'relay': {
      if (record.event === 'break-glass-sign-in') return breakGlassLogon(seq, record);
      const [activity, name] = relayActivities[record.event] ?? [99, record.event];
      return {
        ...classOf(6, 6002, activity, name),
        ...success,
        severity_id: 1,
        app: product,
        message: `${record.event} ${record.detail}`.trimEnd(),
        ...common(seq, record.timeMs),
      };
    }
    case 'lock':
      return {
        ...classOf(0, 0, 99, record.event),
        severity_id: 1,
        message: `${record.event} ${record.target}`,
        status_detail: record.reason,
        unmapped: record,
        ...common(seq, record.timeMs),
      };
    case 'anomaly':
      return {
        ...classOf(0, 0, 99, record.rule),
        severity_id: 3,
        message: `${record.type} ${record.rule}`,
        status_detail: record.detail,
        unmapped: record,
        ...common(seq, record.timeMs),
      };
    default:
      return assertNever(record);
  }
}

const refusedProtocols: Readonly<Record<RefusedKind, Attributes>> = {
  token: { auth_protocol_id: 6, auth_protocol: 'OAUTH 2.0' },
  'logout-token': { auth_protocol_id: 4, auth_protocol: 'OpenID' },
  saml: { auth_protocol_id: 5, auth_protocol: 'SAML' },
  event: { auth_protocol_id: 99, auth_protocol: 'Shared Signals' },
};

/** A logon that everybody responsible is to look at. */
function breakGlassLogon(seq: number, { person, remoteAddress, detail, timeMs }: RelayRecord): Attributes {
  return {
    ...classOf(3, 3002, 1, 'Logon'),
    ...success,
    severity_id: 4,
    status_detail: detail,
    user: { uid: person?.subject ?? 'unknown', name: person?.username ?? 'unknown', domain: person?.issuer ?? '' },
    ...source(remoteAddress ?? ''),
    service: relayService,
    ...common(seq, timeMs),
  };
}

const methods: Readonly<Record<string, readonly [number, string]>> = {
  CONNECT: [1, 'Connect'],
  DELETE: [2, 'Delete'],
  GET: [3, 'Get'],
  HEAD: [4, 'Head'],
  OPTIONS: [5, 'Options'],
  POST: [6, 'Post'],
  PUT: [7, 'Put'],
  TRACE: [8, 'Trace'],
  PATCH: [9, 'Patch'],
};

const sessionActivities = {
  opened: [1, 'Logon'],
  renewed: [99, 'Renew'],
  closed: [2, 'Logoff'],
  'signed-out': [2, 'Logoff'],
  renamed: [99, 'Rename Device'],
  'console-signed-in': [1, 'Logon'],
  'console-signed-out': [2, 'Logoff'],
} as const;

const accessActivities = {
  requested: [99, 'Request'],
  approved: [1, 'Assign Privileges'],
  refused: [99, 'Refuse'],
  cancelled: [99, 'Cancel'],
  revoked: [2, 'Revoke Privileges'],
  expired: [2, 'Revoke Privileges'],
} as const;

const relayActivities: Readonly<Record<string, readonly [number, string]>> = {
  started: [3, 'Start'],
  stopped: [4, 'Stop'],
  'policy-loaded': [8, 'Update'],
};

function httpActivity(record: Decision, outcome: AuditOutcome | null): Attributes {
  const { caller, rule } = record;
  const isAllowed = record.effect === 'allow';
  const [activity, name] = methods[record.method] ?? [99, record.method];
  const known = outcome === null ? {} : ending(record, outcome);
  return {
    ...classOf(4, 4002, activity, name),
    ...(isAllowed ? {} : failure),
    ...known,
    severity_id: isAllowed ? 1 : 2,
    status_detail: record.reason,
    action_id: isAllowed ? 1 : 2,
    action: isAllowed ? 'Allowed' : 'Denied',
    disposition_id: isAllowed ? 1 : 2,
    disposition: isAllowed ? 'Allowed' : 'Blocked',
    policy: { uid: record.policyRevision, name: rule ?? 'no rule', is_applied: rule !== null },
    actor: { user: userOf(caller), session: { uid: caller.sessionId, issuer: caller.issuer } },
    ...source(caller.remoteAddress, caller.device),
    dst_endpoint: { svc_name: record.api },
    http_request: {
      uid: record.requestId,
      http_method: record.method,
      url: { path: record.path },
      ...(record.userAgent === undefined ? {} : { user_agent: record.userAgent }),
    },
  };
}

function ending(record: Decision, outcome: AuditOutcome): Attributes {
  const isDone = record.effect === 'allow' && outcome.outcome === 'completed';
  const { status, code } = outcome;
  return {
    ...(isDone && code === undefined
      ? success
      : outcome.outcome === 'unknown'
        ? { status_id: 0, status: 'Unknown' }
        : failure),
    ...(status === null
      ? {}
      : { status_code: String(status), http_response: { code: status, length: outcome.responseBytes } }),
    traffic: { bytes_in: outcome.requestBytes, bytes_out: outcome.responseBytes },
    duration: Math.round(outcome.durationMs),
    ...(outcome.detail === null ? {} : { message: outcome.detail }),
  };
}

const product = { name: 'Causeway', vendor_name: 'Causeway', version };

/** What each event has; the request's id ties together what else tells of it. */
function common(seq: number, timeMs: number, correlation: string | null = null): Attributes {
  return {
    time: timeMs,
    metadata: {
      version: ocsfVersion,
      product,
      profiles: ['host', 'security_control'],
      log_name: 'audit',
      sequence: seq,
      uid: String(seq),
      ...(correlation === null ? {} : { correlation_uid: correlation }),
    },
  };
}

function classOf(category: number, uid: number, activity: number, name: string): Attributes {
  return {
    category_uid: category,
    class_uid: uid,
    activity_id: activity,
    activity_name: name,
    type_uid: uid * 100 + activity,
  };
}

function userOf({ subject, username, groups }: AuditCaller): Attributes {
  return { uid: subject, name: username, groups: groups.map((group) => ({ name: group })) };
}

function source(address: string, device = ''): Attributes {
  if (address === '' && device === '') return {};
  return {
    src_endpoint: {
      ...(address === '' ? {} : { ip: address }),
      ...(device === '' ? {} : { name: device, uid: device }),
    },
  };
}
