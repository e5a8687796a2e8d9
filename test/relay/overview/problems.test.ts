import { describe, expect, it } from 'vitest';
import { downWords } from '../../../relay/vitals/down-worker.ts';
import { problemsOf, type Situation } from '../../../relay/overview/problems.ts';

const nowMs = Date.parse('2026-11-29T12:00:00Z');
const day = 86_400_000;
const provider: Situation['providers'][number] = {
  issuer: 'https://idp.example',
  name: 'Example',
  ready: true,
  keys: [],
  leftOut: [],
  keysFetchedAtMs: nowMs - 60_000,
  nextFetchAtMs: nowMs + 60_000,
  failures: 0,
  lastError: null,
  clockDifferenceMs: 400,
  groupsLookup: null,
};
const certificate: Situation['certificates'][number] = {
  use: 'relay.tls',
  subject: 'CN=relay',
  issuer: 'CN=ca',
  names: ['relay.example'],
  serial: '1',
  sha256: 'AA',
  notBeforeMs: nowMs - day,
  notAfterMs: nowMs + 90 * day,
  state: 'ok',
};
const sink = { name: 'siem', state: 'ok', waiting: 0, oldestWaitingSeconds: null, error: null } as const;
const fine: Situation = {
  nowMs,
  auditHealthy: true,
  problems: [],
  sharedProblem: null,
  draining: false,
  drainedWorkers: [],
  downWorkers: [],
  silentRelays: [],
  providers: [provider],
  certificates: [certificate],
  reloadRefused: null,
  disk: { freeBytes: 50 * 1_073_741_824, totalBytes: 100 * 1_073_741_824 },
  sinks: [sink],
  accessRequestsWaiting: 0,
  anomaliesUnacknowledged: 0,
  emergencySignIns: [],
  erasures: [],
  unreadable: null,
};
const down = { worker: 2, sinceMs: nowMs, ends: 3, how: 'ended by SIGKILL' };
const failed = { atMs: nowMs, detail: 'Example (https://idp.example): no connection' };

it('why a worker isn’t ready is said with since when and how often its processes have ended', () => {
  expect(downWords(down)).toBe(
    'Worker 2 is down since 2026-11-29 12:00 UTC: its process ended by SIGKILL, as 2 before it. It is started again by itself.',
  );
});

describe('what is wrong now', () => {
  it('is nothing while nothing is', () => {
    expect(problemsOf(fine)).toEqual([]);
    // What can’t be known is no problem by itself: where it can’t be read, that is told.
    const unknown = {
      disk: null,
      sinks: null,
      accessRequestsWaiting: null,
      anomaliesUnacknowledged: null,
      emergencySignIns: null,
      erasures: null,
    };
    expect(problemsOf({ ...fine, ...unknown })).toEqual([]);
  });

  it.each<[string, Partial<Situation>, readonly (readonly [string, string, string | null])[]]>([
    [
      'an emergency sign-in that nobody has acknowledged, before the finding of it',
      { emergencySignIns: [{ timeMs: nowMs }], anomaliesUnacknowledged: 1 },
      [
        ['emergency-sign-in', 'critical', null],
        ['anomalies-unacknowledged', 'warning', null],
      ],
    ],
    ['an audit that can’t be written', { auditHealthy: false }, [['audit-unhealthy', 'critical', null]]],
    [
      'a storage that is away, once',
      { sharedProblem: 'No news for 9 s.', problems: ['No news for 9 s.'] },
      [['shared-state-away', 'critical', null]],
    ],
    [
      'a provider that doesn’t answer, once',
      {
        providers: [{ ...provider, ready: false, failures: 3, keysFetchedAtMs: null, lastError: failed }],
        problems: [failed.detail],
      },
      [['provider-unreachable', 'critical', 'Example']],
    ],
    [
      'a provider that hasn’t answered yet, once',
      { providers: [{ ...provider, ready: false, keysFetchedAtMs: null }], problems: ['Example hasn’t answered yet'] },
      [['provider-unreachable', 'critical', 'Example']],
    ],
    [
      'keys that get old',
      { providers: [{ ...provider, failures: 9, keysFetchedAtMs: nowMs - 5 * 3_600_000, lastError: failed }] },
      [['provider-keys-old', 'warning', 'Example']],
    ],
    ['one fetch that failed', { providers: [{ ...provider, failures: 1, lastError: failed }] }, []],
    ['a failure that is over', { providers: [{ ...provider, lastError: failed }] }, []],
    [
      'a clock that is late',
      { providers: [{ ...provider, clockDifferenceMs: -61_000 }] },
      [['provider-clock-differs', 'warning', 'Example']],
    ],
    [
      'certificates that have ended and will',
      {
        certificates: [
          { ...certificate, use: 'admin.tls', state: 'ends-soon', notAfterMs: nowMs + 3 * day },
          { ...certificate, state: 'ended', notAfterMs: nowMs - 1 },
        ],
      },
      [
        ['certificate-ended', 'critical', 'relay.tls'],
        ['certificate-ends-soon', 'warning', 'admin.tls'],
      ],
    ],
    [
      'a config that was refused',
      { reloadRefused: { atMs: nowMs, reason: 'relay.yaml:3 no such key' } },
      [['reload-failed', 'warning', null]],
    ],
    [
      'a disk with little left',
      { disk: { freeBytes: 1_073_741_823, totalBytes: 2_147_483_648 } },
      [['disk-nearly-full', 'warning', null]],
    ],
    [
      'a large disk with a small share left',
      { disk: { freeBytes: 40 * 1_073_741_824, totalBytes: 1000 * 1_073_741_824 } },
      [['disk-nearly-full', 'warning', null]],
    ],
    [
      'sinks by name, but not those that wait for a first record',
      {
        sinks: [
          { ...sink, name: 'late', state: 'late' },
          { ...sink, name: 'failing', state: 'failing', error: 'status 500' },
          { ...sink, name: 'ended', state: 'ended' },
          { ...sink, name: 'new', state: 'not-started' },
        ],
      },
      [
        ['sink-behind', 'warning', 'late'],
        ['sink-behind', 'warning', 'failing'],
        ['sink-behind', 'warning', 'ended'],
      ],
    ],
    [
      'what waits for people',
      { accessRequestsWaiting: 2, anomaliesUnacknowledged: 1, draining: true },
      [
        ['anomalies-unacknowledged', 'warning', null],
        ['draining', 'info', null],
        ['access-requests-waiting', 'info', null],
      ],
    ],
    ['an erasure that was broken off', { erasures: ['erased-x'] }, [['erasure-unfinished', 'warning', 'erased-x']]],
    ['a worker that is drained alone', { drainedWorkers: [2] }, [['worker-draining', 'info', 'worker 2']]],
    [
      'a relay that is drained with all workers',
      { draining: true, drainedWorkers: [1, 2] },
      [['draining', 'info', null]],
    ],
    [
      'a worker that is down, once',
      {
        downWorkers: [{ ...down, draining: false }],
        problems: [downWords(down)],
      },
      [['worker-down', 'critical', 'worker 2']],
    ],
    [
      'a relay that fell silent',
      { silentRelays: [{ id: 'r-two', atMs: nowMs - 120_000 }] },
      [['relay-silent', 'warning', 'r-two']],
    ],
    ['state that can’t be read', { unreadable: 'No answer.' }, [['state-unreadable', 'warning', null]]],
    ['anything else that the relay says', { problems: ['Worker 2 is starting.'] }, [['not-ready', 'critical', null]]],
  ])('is told of %s', (_what, given, expected) => {
    const found = problemsOf({ ...fine, ...given });
    expect(found.map(({ code, severity, about }) => [code, severity, about])).toEqual(expected);
    for (const { what, why, remedy, look } of found)
      for (const words of [what, why, remedy, look]) expect(words).not.toBe('');
  });

  it('names the end of a certificate as people read it, in UTC', () => {
    const ends = { ...certificate, state: 'ends-soon', notAfterMs: Date.UTC(2026, 11, 8, 23, 5) } as const;
    const [found] = problemsOf({ ...fine, certificates: [ends] });
    expect(found?.why).toBe('It is for relay.example and ends on 8 December 2026 at 23:05 UTC.');
  });
});
