import type { CannedAnswers } from './open-console.ts';
import { anomalies, sampleAnswers, sampleMe, sampleRelay } from './sample-answers.ts';
import { sampleAuditAnswers } from './sample-audit.ts';
import { sampleOverview, sampleProblems } from './sample-overview.ts';
import { samplePerson } from './sample-people.ts';
import { sampleRelaysInTrouble } from './sample-relays.ts';

/** One state of one page, as a person may meet it. */
export interface ConsoleState {
  readonly name: string;
  /** Below the console’s root. */
  readonly path: string;
  readonly answers: CannedAnswers;
  /** Text that shows once the state does. */
  readonly shows: string;
  /** Whether docs/console.md has a picture of it. */
  readonly picture?: boolean;
  /** What is clicked before that. */
  readonly steps?: readonly {
    readonly role: 'button' | 'link' | 'menuitem' | 'row' | 'gridcell';
    readonly name: string;
  }[];
}

const signedOut = {
  refused: 401,
  problem: {
    code: 'sign-in-expired',
    title: 'Your sign-in has ended',
    status: 401,
    detail: 'Nothing was done for a while.',
  },
};

/** Of an account of the relay’s own. */
function emergency(nowMs: number): object {
  return {
    ...anomalies(nowMs)[4],
    person: { issuer: 'https://relay.example.com/break-glass', subject: 'kim', username: 'kim' },
    api: null,
    timeMs: nowMs - 240_000,
    detail: 'Break-glass sign-in of kim by passkey from 10.2.0.7, until 15:00.',
  };
}

/** Every state of every page. */
export function consoleStates(nowMs: number): readonly ConsoleState[] {
  const answers = sampleAnswers(nowMs);
  const inTrouble = { ...answers, '/admin/v1/relays': sampleRelaysInTrouble(nowMs) };
  const troubled = {
    ...sampleRelay,
    ready: false,
    auditHealthy: false,
    problems: ['The keys of Example Company haven’t been read since 14:02.'],
  };
  return [
    { name: 'overview', picture: true, path: '', answers, shows: 'Nothing is wrong.' },
    {
      name: 'overview-trouble',
      path: 'overview',
      answers: {
        ...answers,
        '/admin/v1/relay': troubled,
        '/admin/v1/overview': sampleOverview(nowMs, sampleProblems),
      },
      shows: 'every request is refused',
    },
    { name: 'people', path: 'people', answers, shows: 'deploy-bot' },
    { name: 'people-none', path: 'people?q=zzz', answers, shows: 'No match' },
    { name: 'sessions', picture: true, path: 'people?view=sessions', answers, shows: 'connected' },
    { name: 'locks', path: 'people?view=locks', answers, shows: 'The API “inventory”' },
    {
      name: 'locks-lock',
      path: 'people?view=locks',
      answers,
      steps: [{ role: 'button', name: 'Lock' }],
      shows: 'A lock on everything leaves operators in',
    },
    {
      name: 'session-end',
      path: 'people?view=sessions',
      answers,
      steps: [{ role: 'button', name: 'End the session of alice' }],
      shows: 'End the session of alice?',
    },
    {
      name: 'person',
      picture: true,
      path: `people/${samplePerson(nowMs).person.id}`,
      answers,
      shows: 'What they used',
    },
    {
      name: 'person-lock',
      path: `people/${samplePerson(nowMs).person.id}`,
      answers,
      steps: [{ role: 'button', name: 'Lock' }],
      shows: 'Lock carol?',
    },
    { name: 'apis', path: 'apis', answers, shows: 'Payroll' },
    { name: 'apis-none', path: 'apis?q=zzz', answers, shows: 'No match' },
    { name: 'api', picture: true, path: 'apis/inventory', answers, shows: 'Who used it in the last 7 days' },
    {
      name: 'api-lock',
      path: 'apis/inventory',
      answers,
      steps: [{ role: 'button', name: 'Lock' }],
      shows: 'Lock Inventory?',
    },
    { name: 'policy-rules', path: 'policy?api=inventory', answers, shows: 'Denies DELETE' },
    {
      name: 'policy-explain',
      path: 'policy/explain?method=DELETE&url=inventory%2Fwarehouses%2F7&groups=employees',
      answers,
      shows: 'Each rule, in its order',
    },
    {
      name: 'policy-what-if',
      picture: true,
      path: 'policy/what-if',
      answers,
      steps: [
        { role: 'button', name: 'Begin with the config in force' },
        { role: 'button', name: 'Compare' },
      ],
      shows: '2 people would lose 215 requests',
    },
    { name: 'access', picture: true, path: 'access', answers, shows: 'carol.van' },
    {
      name: 'access-decide',
      path: 'access',
      answers,
      steps: [{ role: 'button', name: 'Decide on payroll-viewers at payroll for alice' }],
      shows: 'alice asks for payroll-viewers',
    },
    { name: 'access-grants', path: 'access/active', answers, shows: 'alice' },
    { name: 'access-none', path: 'access/unused', answers, shows: 'No grant is of this kind' },
    { name: 'settings', picture: true, path: 'settings', answers, shows: '4 s ahead of' },
    {
      name: 'settings-link',
      path: 'settings',
      answers,
      steps: [{ role: 'button', name: 'Make a link: sam' }],
      shows: 'Make a link for sam?',
    },
    {
      name: 'settings-disable',
      path: 'settings',
      answers,
      steps: [{ role: 'button', name: 'Disable: kim' }],
      shows: 'Disable kim?',
    },
    {
      name: 'emergency',
      path: 'relays',
      answers: {
        ...answers,
        // Behind so many others that only who asks for its rule gets it.
        '/admin/v1/anomalies': (url) => ({
          anomalies: url.searchParams.get('rule') === 'break-glass' ? [emergency(nowMs)] : anomalies(nowMs).slice(0, 3),
          next: 'older',
        }),
      },
      shows: 'has signed in with an emergency account',
    },
    { name: 'audit', path: 'audit', answers, shows: 'sign-ins revoked' },
    { name: 'audit-record', picture: true, path: 'audit/5000?since=30d', answers, shows: 'Copy the record as JSON' },
    {
      name: 'audit-proof',
      path: 'audit/5000?since=30d',
      answers,
      steps: [{ role: 'button', name: 'Prove the record' }],
      shows: 'Copy the proof',
    },
    { name: 'audit-none', path: 'audit?user=alicia&method=GET', answers, shows: 'Did you mean' },
    {
      name: 'audit-whole',
      path: 'audit/log',
      answers,
      steps: [{ role: 'button', name: 'Verify all records' }],
      shows: 'The log of this relay is whole',
    },
    {
      name: 'audit-broken',
      path: 'audit/log',
      answers: { ...answers, ...sampleAuditAnswers(nowMs, true) },
      steps: [{ role: 'button', name: 'Verify all records' }],
      shows: 'is broken at record 4,711',
    },
    { name: 'relays', picture: true, path: 'relays', answers, shows: 'worker 2' },
    {
      name: 'relays-reload',
      path: 'relays',
      answers,
      steps: [{ role: 'button', name: 'Read the config again' }],
      shows: 'Read the config again?',
    },
    {
      name: 'relays-drain',
      path: 'relays',
      answers,
      steps: [{ role: 'button', name: 'Drain' }],
      shows: 'Drain Example Company?',
    },
    {
      name: 'relays-worker-drain',
      path: 'relays',
      answers,
      steps: [{ role: 'button', name: 'Let worker 2 take people again' }],
      shows: 'It gets its share of new tunnels.',
    },
    { name: 'relay-worker-down', path: 'relays', answers: inTrouble, shows: 'as 43 before it' },
    { name: 'relay-silent', path: 'relays/relay-b', answers: inTrouble, shows: 'It has said nothing since' },
    { name: 'relay-older', path: 'relays/relay-c', answers: inTrouble, shows: 'runs version 0.0.9' },
    { name: 'relay-other', path: 'relays/relay-b', answers, shows: 'Without a line at 14' },
    {
      name: 'relay-other-undrain',
      path: 'relays/relay-b',
      answers,
      steps: [{ role: 'button', name: 'Take people again' }],
      shows: 'Let relay-b take people again?',
    },
    { name: 'anomalies', path: 'anomalies', answers, shows: 'Many denials' },
    { name: 'anomaly', picture: true, path: 'anomalies/finding-0', answers, shows: 'I’ve looked at it' },
    { name: 'anomaly-looked-at', path: 'anomalies/finding-3?view=all', answers, shows: 'What came of it' },
    { name: 'anomaly-missing', path: 'anomalies/finding-3', answers, shows: 'isn’t in this list' },
    { name: 'anomalies-none', path: 'anomalies?q=nobody', answers, shows: 'No match' },
    { name: 'sign-in', path: '', answers: { ...answers, '/admin/v1/me': () => signedOut }, shows: 'Continue with' },
    {
      name: 'no-right',
      path: 'relays',
      answers: {
        ...answers,
        '/admin/v1/me': { ...sampleMe(nowMs), roles: ['viewer'], rights: ['read-usage'] },
      },
      shows: 'Relays isn’t part of your role',
    },
    { name: 'not-found', path: 'nowhere', answers, shows: 'There is no such page' },
  ];
}
