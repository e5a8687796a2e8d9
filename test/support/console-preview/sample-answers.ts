import { rightsOf } from '../../../relay/admin/operator-roles.ts';
import type { Anomaly } from '../../../console/api/admin-api.ts';
import { sampleRelays } from './sample-relays.ts';
import type { CannedAnswers } from './open-console.ts';
import { sampleAccessAnswers } from './sample-access.ts';
import { sampleAuditAnswers } from './sample-audit.ts';
import { sampleOverview } from './sample-overview.ts';
import { samplePeopleAnswers } from './sample-people.ts';
import { samplePolicyAnswers } from './sample-policy.ts';
import { sampleSettingsAnswers } from './sample-settings.ts';

const hourMs = 3_600_000;

/** Dana, who owns the relay. */
export function sampleMe(nowMs: number): object {
  return {
    name: 'dana',
    person: { issuer: 'https://login.example.com', subject: 'u-dana', username: 'dana' },
    roles: ['owner'],
    rights: [...rightsOf.owner],
    signIn: { how: 'console', at: 'Example Company', endsAtMs: nowMs + 8 * hourMs, idleEndsAtMs: nowMs + hourMs / 2 },
    relay: { name: 'Example Company', version: '0.1.0' },
  };
}

export const sampleRelay = {
  name: 'Example Company',
  url: 'https://relay.example.com',
  version: '0.1.0',
  startedAtMs: Date.now() - 26 * hourMs,
  ready: true,
  problems: [],
  auditHealthy: true,
  policyRevision: 'a3f81c04be2d',
};

const findings = [
  ['denial-burst', 'bob', 'payroll', '203.0.113.9', '24 denied requests within 5 minutes.'],
  [
    'two-places',
    'carol',
    null,
    '198.51.100.23',
    'Requests of one session came from 203.0.0.0/16 and 198.51.0.0/16 in turn.',
  ],
  [
    'first-use-of-api',
    'alice',
    'payroll',
    '203.0.113.14',
    'The first allowed request of alice to an API that 4 others use.',
  ],
  ['dormant-account', 'eve', 'inventory', '203.0.113.77', 'The first request after 94 days.'],
  ['break-glass', 'dana', 'orders', '203.0.113.2', 'Allowed by the rule break-glass-orders.'],
] as const;

export function anomalies(nowMs: number): readonly Anomaly[] {
  return findings.map(([rule, username, api, remoteAddress, detail], index) => ({
    id: `finding-${index}`,
    timeMs: nowMs - (index * index * 3 + 0.4) * hourMs,
    rule,
    person: { issuer: 'https://login.example.com', subject: `u-${username}`, username },
    api,
    remoteAddress,
    device: `${username}-laptop`,
    sessionId: `s-${username}-0`,
    detail,
    acknowledged:
      index < 3 ? null : { by: 'dana', note: 'Called her: it was the new office.', atMs: nowMs - hourMs / 4 },
  }));
}

/** A relay on a working day, as its owner sees it. */
export function sampleAnswers(nowMs: number): CannedAnswers {
  return {
    '/console/auth/providers': {
      providers: [{ name: 'Example Company', start: '/console/auth/start?provider=Example+Company' }],
    },
    '/admin/v1/me': sampleMe(nowMs),
    '/admin/v1/relay': sampleRelay,
    '/admin/v1/relays': sampleRelays(nowMs),
    '/admin/v1/relay/drain': { relay: sampleRelays(nowMs).relays[0] },
    '/admin/v1/overview': sampleOverview(nowMs),
    ...samplePeopleAnswers(nowMs),
    ...sampleAccessAnswers(nowMs),
    ...sampleAuditAnswers(nowMs),
    ...sampleSettingsAnswers(nowMs),
    '/admin/v1/anomalies': (url) => {
      const isWaiting = url.searchParams.get('acknowledged') === 'false';
      const asked = url.searchParams.get('rule');
      const found = anomalies(nowMs).filter(
        ({ rule, acknowledged }) => (!isWaiting || acknowledged === null) && (asked === null || rule === asked),
      );
      return { anomalies: found, next: null };
    },
    '/admin/v1/anomalies/finding-0/acknowledge': { anomaly: anomalies(nowMs)[0] },
    ...samplePolicyAnswers(nowMs),
    '/admin/v1/relay/reload': { policyRevision: 'a3f81c04be2d' },
  };
}
