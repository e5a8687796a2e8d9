import type { ListedLock, ListedPerson, Lock, SeenPerson, Session } from '../../../console/api/admin-api.ts';
import { personId } from '../../../console/pages/people/person-id.ts';
import type { CannedAnswers } from './open-console.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const issuer = 'https://login.example.com';
const provider = 'Example Company';
const names = [
  'alice',
  'bob',
  'carol',
  'dana',
  'erin.okonkwo-vandenberg',
  'farid',
  'grace',
  'hiro',
  'ines',
  'deploy-bot',
];

function samplePeople(nowMs: number): readonly ListedPerson[] {
  return names.map((username, index) => {
    const subject = `u-${username}`;
    return {
      id: personId({ issuer, subject }),
      kind: username === 'deploy-bot' ? 'service' : 'person',
      issuer,
      provider,
      subject,
      username,
      lastUsedAtMs: nowMs - index * index * 17 * minuteMs - 30_000,
      sessions: (index % 3) + 1,
      locked: username === 'carol',
    };
  });
}

function sampleSessions(nowMs: number): readonly Session[] {
  return names.flatMap((username, index) =>
    Array.from({ length: (index % 3) + 1 }, (_, place): Session => ({
      id: `s-${username}-${place}`,
      kind: 'person',
      issuer,
      provider,
      subject: `u-${username}`,
      username,
      device: {
        name: `${username.slice(0, 8)}-${['laptop', 'desktop', 'build'][place] ?? 'device'}`,
        system: ['Windows 11', 'macOS 26', 'Linux 6.18'][place] ?? 'Linux',
        appVersion: '0.1.0',
        ...(place === 0 ? { attributes: { asset: `PC-${4700 + index}`, managed: 'yes' } } : {}),
      },
      chosenName: place === 1 && index === 1 ? 'The one in the office' : null,
      acr: null,
      signedInAtMs: null,
      binding: 'key',
      sinceMs: nowMs - (index + 2 * place + 1) * dayMs,
      lastUsedAtMs: nowMs - index * index * 17 * minuteMs - place * 190 * minuteMs - 30_000,
      addresses: { [`203.0.113.${index + 9}`]: nowMs },
      apis: { orders: nowMs - minuteMs, ...(place === 0 ? { inventory: nowMs - 9 * minuteMs } : {}) },
      openTunnels: place === 0 && index < 6 ? 1 : 0,
      ended: place === 2 ? { by: 'dana', reason: 'The laptop was replaced.', atMs: nowMs - dayMs } : null,
    })),
  );
}

const carolsLock = (nowMs: number): Lock => ({
  id: 'lock-1',
  target: { type: 'person', who: 'u-carol', issuer },
  reason: 'Her laptop was stolen on the train.',
  author: 'dana',
  createdAtMs: nowMs - 40 * minuteMs,
  untilMs: nowMs + 7 * dayMs,
  removed: null,
});

function sampleLocks(nowMs: number): readonly ListedLock[] {
  const api: ListedLock = {
    id: 'lock-2',
    target: { type: 'api', api: 'inventory' },
    username: null,
    reason: 'Incident 12: the warehouse counts twice.',
    author: 'dana (console)',
    createdAtMs: nowMs - 4 * minuteMs,
    untilMs: null,
    removed: null,
    sparedAt: [],
  };
  const network: ListedLock = {
    id: 'lock-3',
    target: { type: 'address', network: '198.51.100.0/24' },
    username: null,
    reason: 'Guesses sign-ins since this morning.',
    author: 'dana (console)',
    createdAtMs: nowMs - 2 * minuteMs,
    untilMs: nowMs + dayMs,
    removed: null,
    sparedAt: [{ relay: 'relay-b', addresses: ['198.51.100.7'] }],
  };
  return [{ ...carolsLock(nowMs), username: 'carol', sparedAt: [] }, api, network];
}

/** Carol with what is known of her. */
export function samplePerson(nowMs: number): SeenPerson {
  const { lastUsedAtMs, sessions: _sessions, locked: _locked, ...person } = samplePeople(nowMs)[2] as ListedPerson;
  const api = { description: '', unlockedBy: [], allowedOrigins: [], examplePath: '/' };
  return {
    person,
    lastUsedAtMs,
    groups: { names: ['contractors', 'support'], atMs: nowMs - 70 * minuteMs },
    apis: [
      {
        ...api,
        id: 'orders',
        name: 'Orders',
        access: 'open',
        level: 'read',
        permissions: [
          { effect: 'allow', text: 'Read everything under /v1', rule: 'developers-read', unlockedBy: [] },
          { effect: 'deny', text: 'Delete anything under /v1/orders', rule: 'orders-are-kept', unlockedBy: [] },
        ],
      },
      {
        ...api,
        id: 'payroll',
        name: 'Payroll',
        access: 'locked',
        level: 'none',
        unlockedBy: ['finance'],
        permissions: [],
      },
    ],
    locks: [carolsLock(nowMs)],
    sessions: sampleSessions(nowMs).filter(({ username }) => username === 'carol'),
    grants: [
      {
        id: 'grant-1',
        requester: { issuer, subject: 'u-carol', username: 'carol' },
        api: 'payroll',
        role: 'payroll-reader',
        reason: 'Month’s end: the bookings of November have to be checked.',
        hours: 8,
        requestedAtMs: nowMs - 3 * dayMs,
        status: 'approved',
        decidedBy: 'dana',
        decidedAtMs: nowMs - 3 * dayMs,
        expiresAtMs: nowMs + 5 * 3_600_000,
      },
    ],
    usage: {
      since: new Date(nowMs - 30 * dayMs).toISOString(),
      until: new Date(nowMs).toISOString(),
      rows: [
        { api: 'orders', requests: 4120, denied: 12, lastHour: new Date(nowMs - 70 * minuteMs).toISOString() },
        { api: 'payroll', requests: 64, denied: 41, lastHour: new Date(nowMs - 2 * dayMs).toISOString() },
      ],
    },
  };
}

/** People and sessions as the admin API tells of them. */
export function samplePeopleAnswers(nowMs: number): CannedAnswers {
  const people = samplePeople(nowMs);
  const sessions = sampleSessions(nowMs);
  const done = { recorded: true, untold: null };
  return {
    '/admin/v1/people': (url) => {
      const text = url.searchParams.get('search')?.toLowerCase() ?? '';
      return { people: people.filter(({ username }) => username.includes(text)), next: text === '' ? 'next' : null };
    },
    [`/admin/v1/people/${samplePerson(nowMs).person.id}`]: samplePerson(nowMs),
    '/admin/v1/sessions': (url) => {
      const person = url.searchParams.get('person');
      const found = sessions.filter(({ username, ended }) => ended === null && (person ?? username) === username);
      return { sessions: found, next: null };
    },
    '/admin/v1/sessions/end': { ended: [], ...done },
    '/admin/v1/locks': (_url, body) =>
      body === null ? { locks: sampleLocks(nowMs), next: null } : { lock: carolsLock(nowMs), ...done },
    '/admin/v1/locks/lock-1/remove': { lock: carolsLock(nowMs), ...done },
    '/admin/v1/people/revoke': { person: { issuer, subject: 'u-carol', username: 'carol' }, ...done },
  };
}
