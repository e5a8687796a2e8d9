import type { AuditCaller, AuditRecord } from '../../../relay/audit/audit-record.ts';

export const zoe: AuditCaller = {
  issuer: 'https://idp.example',
  subject: 'subject-zoe-4711',
  username: 'zoe.quint@corp.example',
  groups: ['staff "a]b"', 'team-7'],
  sessionId: 'session-of-zoe',
  device: 'Zoes-Laptop',
  remoteAddress: '198.51.100.77',
  signIn: 'sSignInOfZoe471',
};

/**
 * What must not be found once Zoe is erased. Each is too long to stand in a hash, a key or an alias by chance: three letters
 * do in one of a few dozen folders.
 */
export const zoesBytes = [
  'zoe.quint',
  'zoe lost',
  'zoe never',
  'zoe needs',
  'zoe is',
  'because of zoe',
  'Zoes-Laptop',
  'Zoe left',
  'subject-zoe-4711',
  'quint',
  'session-of-zoe',
  'sSignInOfZoe471',
  '198.51.100.77',
  'curl/8.77',
  'order-of-hers',
  'claimed-mail',
] as const;

const timeMs = Date.parse('2026-11-02T12:00:00Z');
const person = { issuer: zoe.issuer, subject: zoe.subject, username: zoe.username };

/** A record of each kind that says something of Zoe. */
export const recordsOfZoe: readonly (readonly [what: string, record: AuditRecord])[] = [
  [
    'a request',
    {
      type: 'decision',
      requestId: 'r1',
      timeMs,
      caller: zoe,
      api: 'orders',
      method: 'GET',
      path: '/v1/orders',
      effect: 'allow',
      rule: 'staff-read',
      reason: 'The rule allows it.',
      policyRevision: 'p1',
      userAgent: 'curl/8.77 "quoted\\"',
      query: { number: ['order-of-hers'] },
    },
  ],
  [
    'a sign-in with her emergency account',
    {
      type: 'relay',
      timeMs,
      event: 'break-glass-sign-in',
      detail: 'Break-glass sign-in of zoe.quint@corp.example by passkey from 198.51.100.77.',
      person,
      remoteAddress: zoe.remoteAddress,
    },
  ],
  [
    'a request whose path and reason name her, by the beginning of her address and in another case',
    {
      type: 'decision',
      requestId: 'r2',
      timeMs,
      caller: zoe,
      api: 'orders',
      method: 'GET',
      path: '/v1/users/ZOE.QUINT/orders',
      effect: 'deny',
      rule: null,
      reason: 'Nothing allows subject-zoe-4711 this.',
      policyRevision: 'p1',
      code: 'policy-denied',
    },
  ],
  [
    'a session',
    { type: 'session', timeMs, event: 'opened', caller: zoe, detail: 'zoe’s', claims: { mail: ['claimed-mail'] } },
  ],
  [
    'a request for access',
    {
      type: 'access',
      timeMs,
      event: 'requested',
      grant: 'g1',
      requester: person,
      api: 'payroll',
      role: 'reader',
      hours: 8,
      expiresAtMs: null,
      by: zoe.username,
      note: 'order-of-hers',
    },
  ],
  [
    'an act about her',
    {
      type: 'administrator',
      timeMs,
      id: 'a1',
      act: 'sign-ins-revoked',
      operator: { user: 'root', sudoUser: null },
      reason: 'zoe lost her laptop',
      person,
    },
  ],
  [
    'a lock on her',
    {
      type: 'lock',
      timeMs,
      event: 'lock-added',
      operator: 'root (command line)',
      reason: 'Zoe left',
      target: `the person ${zoe.username} at ${zoe.issuer}`,
      lock: 'l1',
      untilMs: null,
    },
  ],
  [
    'what she did to a session of hers',
    {
      type: 'lock',
      timeMs,
      event: 'session-ended',
      operator: zoe.username,
      reason: `Ended by the person on ${zoe.device}.`,
      target: 'the session s2',
      lock: 'l2',
      untilMs: null,
    },
  ],
  [
    'a lock of hers by the admin API',
    {
      type: 'lock',
      timeMs,
      event: 'lock-added',
      operator: `${zoe.username} (admin API)`,
      reason: '',
      target: 'the API payroll',
      lock: 'l3',
      untilMs: null,
    },
  ],
  [
    'a request that she approved by the admin API',
    {
      type: 'access',
      timeMs,
      event: 'approved',
      grant: 'g2',
      requester: { issuer: zoe.issuer, subject: 'another', username: 'another' },
      api: 'payroll',
      role: 'reader',
      hours: 8,
      expiresAtMs: 1,
      by: `${zoe.username} (admin API)`,
      note: '',
    },
  ],
  [
    'an act of hers by the admin API',
    {
      type: 'administrator',
      timeMs,
      id: 'a2',
      act: 'sign-ins-revoked',
      operator: { user: `${zoe.username} (admin API)`, sudoUser: null },
      reason: 'A laptop is lost',
      person: { issuer: zoe.issuer, subject: 'another', username: 'another' },
    },
  ],
  [
    'an anomaly',
    {
      type: 'anomaly',
      timeMs,
      id: 'n1',
      rule: 'new-device',
      person,
      sessionId: zoe.sessionId,
      device: zoe.device,
      remoteAddress: zoe.remoteAddress,
      api: null,
      detail: 'A device that zoe never had',
    },
  ],
  [
    'a refused sign-in that claims to be hers',
    {
      type: 'authentication-refused',
      timeMs,
      remoteAddress: zoe.remoteAddress,
      code: 'token-expired',
      detail: 'Expired, from 198.51.100.77.',
      claimed: { issuer: zoe.issuer, subject: zoe.subject },
    },
  ],
];
