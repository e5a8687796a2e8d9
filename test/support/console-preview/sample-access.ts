import type { CannedAnswers } from './open-console.ts';

const hourMs = 3_600_000;

function request(nowMs: number, index: number, given: object): object {
  const username = ['alice', 'carol.van.der.lange-name@subsidiary.example.com', 'bob'][index % 3] ?? '';
  return {
    id: `g-${index}`,
    requester: { issuer: 'https://login.example.com', subject: `u-${username}`, username },
    api: index === 2 ? null : 'payroll',
    role: 'payroll-viewers',
    reason: 'Ticket 4711: the March run has a wrong total, and finance asked me to look at it.',
    hours: 4,
    requestedAtMs: nowMs - index * hourMs,
    status: 'pending',
    decidedBy: null,
    decidedAtMs: null,
    expiresAtMs: null,
    ...given,
  };
}

/** Requests that wait, grants, providers and certificates. */
export function sampleAccessAnswers(nowMs: number): CannedAnswers {
  const approved = { status: 'approved', decidedBy: 'dana (console)', decidedAtMs: nowMs - hourMs };
  return {
    '/admin/v1/access-requests': { requests: [0, 1, 2].map((index) => request(nowMs, index, {})), next: null },
    '/admin/v1/grants': (url) =>
      url.searchParams.get('state') === 'unused'
        ? { grants: [], next: null }
        : {
            grants: [0, 1, 2].map((index) =>
              request(nowMs, index, {
                ...approved,
                expiresAtMs: nowMs + (index + 1) * hourMs,
                requests: index * 41,
                lastHour: null,
              }),
            ),
            next: null,
          },
    '/admin/v1/providers': {
      providers: [
        {
          name: 'Example Company',
          issuer: 'https://login.example.com/realms/a-realm-with-a-long-name',
          ready: true,
          keys: [
            { kid: 'kX0Jj3Yx9Q2a7mVbE1rTgWzLsNpCdFhUiOoPqRsTuVw', sinceMs: nowMs - 400 * hourMs },
            { kid: '2026-11', sinceMs: nowMs - 3 * hourMs },
          ],
          leftOut: ['The key “old” has no algorithm.'],
          keysFetchedAtMs: nowMs - hourMs / 6,
          nextFetchAtMs: nowMs + hourMs / 6,
          failures: 2,
          lastError: { atMs: nowMs - hourMs, detail: 'login.example.com didn’t answer within 5 s.' },
          clockDifferenceMs: 4000,
          groupsLookup: { answeredAtMs: nowMs - 60_000, lastError: null },
        },
      ],
    },
    '/admin/v1/certificates': {
      certificates: [
        ['relay.tls', 'ended', -1],
        ['admin.tls', 'ends-soon', 200],
        ['the client certificate of the API inventory', 'ok', 4000],
      ].map(([use, state, hours]) => ({
        use,
        state,
        subject: 'CN=relay.example.com',
        issuer: 'CN=Example Company Issuing CA 3',
        names: ['relay.example.com', 'relay-eu.example.com'],
        serial: '0a',
        sha256: 'c0ffee',
        notBeforeMs: nowMs - 9000 * hourMs,
        notAfterMs: nowMs + Number(hours) * hourMs,
      })),
    },
  };
}
