import type { CannedAnswers } from './open-console.ts';

const minuteMs = 60_000;

interface Made {
  readonly who: string;
  readonly method: string;
  readonly api: string;
  readonly path: string;
  readonly status: number | null;
  readonly reason: string;
  readonly rule: string | null;
}

const requests: readonly Made[] = [
  {
    who: 'alice',
    method: 'GET',
    api: 'orders',
    path: '/orders/4711',
    status: 200,
    reason: 'Rule read of orders.',
    rule: 'read',
  },
  {
    who: 'bob',
    method: 'POST',
    api: 'payroll',
    path: '/runs',
    status: null,
    reason: 'No rule of payroll allows POST for these groups.',
    rule: null,
  },
  {
    who: 'carol.van.der.lange-name@subsidiary.example.com',
    method: 'DELETE',
    api: 'inventory',
    path: '/warehouses/north-west/items/0f8fad5b-d9cb-469f-a165-70867728950e',
    status: null,
    reason: 'Rule no-deletes of inventory.',
    rule: 'no-deletes',
  },
  {
    who: 'alice',
    method: 'PUT',
    api: 'inventory',
    path: '/items/12',
    status: 502,
    reason: 'Rule write of inventory.',
    rule: 'write',
  },
];

function decision(nowMs: number, seq: number): object {
  const made = requests[seq % requests.length] as Made;
  const timeMs = nowMs - (5000 - seq) * minuteMs * 0.4;
  const isAllowed = made.status !== null;
  return {
    seq,
    record: {
      type: 'decision',
      requestId: `r-${seq}`,
      timeMs,
      caller: {
        issuer: 'https://login.example.com',
        subject: `u-${made.who}`,
        username: made.who,
        groups: ['employees', 'finance'],
        sessionId: 's-4711',
        device: `${made.who.split('.')[0] ?? ''}-laptop`,
        remoteAddress: '203.0.113.9',
      },
      api: made.api,
      method: made.method,
      path: made.path,
      effect: isAllowed ? 'allow' : 'deny',
      rule: made.rule,
      reason: made.reason,
      policyRevision: 'a3f81c04be2d',
      ...(isAllowed ? {} : { code: 'policy-denied' }),
    },
    outcome: {
      type: 'outcome',
      requestId: `r-${seq}`,
      timeMs: timeMs + 20,
      outcome: 'completed',
      status: made.status ?? 403,
      durationMs: 18.4,
      requestBytes: 0,
      responseBytes: 1280,
      detail: null,
    },
  };
}

function others(nowMs: number): readonly object[] {
  const operator = { user: 'dana (console)', sudoUser: null };
  const person = { issuer: 'https://login.example.com', subject: 'u-bob', username: 'bob' };
  return [
    {
      type: 'administrator',
      timeMs: nowMs - minuteMs,
      id: 'a1',
      act: 'sign-ins-revoked',
      operator,
      reason: 'Laptop lost',
      person,
    },
    {
      type: 'authentication-refused',
      timeMs: nowMs - 2 * minuteMs,
      remoteAddress: '198.51.100.7',
      code: 'token-rejected',
      detail: 'The signature doesn’t verify.',
      claimed: null,
    },
    {
      type: 'access',
      timeMs: nowMs - 3 * minuteMs,
      event: 'requested',
      grant: 'g-1',
      requester: person,
      api: 'payroll',
      role: 'viewers',
      hours: 2,
      expiresAtMs: null,
      by: '',
      note: 'Ticket 4711',
    },
    {
      type: 'lock',
      timeMs: nowMs - 4 * minuteMs,
      event: 'lock-added',
      operator: 'dana (console)',
      reason: 'Incident 12',
      target: 'the API inventory',
      lock: 'l-1',
      untilMs: null,
    },
    { type: 'relay', timeMs: nowMs - 5 * minuteMs, event: 'started', detail: 'version 0.1.0' },
  ].map((record, index) => ({ seq: 5010 - index, record, outcome: null }));
}

/** A page of the audit, its state, a proof, and what verification says. */
export function sampleAuditAnswers(nowMs: number, isBroken = false): CannedAnswers {
  const records = [...others(nowMs), ...Array.from({ length: 95 }, (_, index) => decision(nowMs, 5000 - index))];
  return {
    '/admin/v1/apis': {
      apis: ['orders', 'payroll', 'inventory'].map((id) => ({
        id,
        name: `${id[0]?.toUpperCase()}${id.slice(1)}`,
        description: '',
        owner: id === 'payroll' ? 'finance-systems@example.com' : null,
        upstream: `https://${id}.internal.example.com:8443/api/v2`,
        rules: id.length,
        roles: id === 'payroll' ? ['payroll-viewers'] : [],
      })),
    },
    '/admin/v1/audit': (url) =>
      url.searchParams.get('user') === 'alicia'
        ? {
            refused: 400,
            problem: {
              code: 'bad-input',
              title: 'That can’t be used',
              status: 400,
              detail: 'No record of this audit is of the user “alicia”. Did you mean “alice”?',
            },
          }
        : { records, next: 4905 },
    '/admin/v1/audit/state': {
      records: 812_345,
      cut: 120_000,
      signedUpTo: 812_331,
      checkpoint:
        'causeway.example/audit\n812331\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— causeway.example/audit AbCd\n',
      verifierKey: 'causeway-relay-3f2a+5b8c1d2e+AR2pU7gq3w8s4y0h1m7bS5Q0m3u4t8VdW0a9Kxk2hYyE',
      healthy: true,
    },
    '/admin/v1/audit/records/5000/proof': {
      seq: 5000,
      line: '{}',
      index: 4999,
      size: 812_331,
      hashes: [],
      checkpoint: '',
      text: 'c2sp.org/tlog-proof@v1\n',
    },
    '/admin/v1/audit/verify': {
      verifiedAtMs: nowMs,
      tookMs: 2534,
      logs: [
        {
          relay: null,
          status: 'ok',
          records: 812_345,
          from: 120_001,
          cut: 120_000,
          checkpoints: 981,
          signedUpTo: 812_331,
        },
        isBroken
          ? { relay: 'r-2', status: 'broken', seq: 4711, reason: 'The record isn’t the one that was signed.' }
          : { relay: 'r-2', status: 'ok', records: 77_001, from: 1, cut: 0, checkpoints: 112, signedUpTo: 77_001 },
      ],
    },
  };
}
