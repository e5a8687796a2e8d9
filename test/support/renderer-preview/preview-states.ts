import type { ActivityEntry } from '../../../shared/activity.ts';
import type { AppUpdate } from '../../../shared/app-update.ts';
import type { Catalog } from '../../../shared/catalog.ts';
import type { CommandLink } from '../../../shared/command-link.ts';
import type { UserProblem } from '../../../shared/errors.ts';
import type { Place } from '../../../shared/ipc.ts';
import type { Notice } from '../../../shared/notice.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../../shared/snapshot.ts';
import type { SessionsAnswer } from './fake-bridge.ts';
import {
  allLockedCatalog,
  guardedCatalog,
  largeCatalog,
  lockedCatalog,
  longCatalog,
  sampleCatalog,
} from './sample-catalog.ts';
import {
  onConnection,
  openTunnel,
  reconnecting,
  refusedConnections,
  sampleActivity,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
  signedIn,
  sampleFiles,
} from './sample-snapshot.ts';
import { sampleCommandLink } from './sample-command-link.ts';
import { sampleManaged } from './sample-managed.ts';
import { sampleNotices, sampleRequest, sampleRequests } from './sample-requests.ts';
import { sampleOffer, sampleUpdate } from './sample-update.ts';
import { longSession, sampleSessions } from './sample-sessions.ts';
import { searchAndDeviceStates } from './search-and-device-states.ts';
import { troubleStates } from './trouble-states.ts';

/** Something the person does before the picture: a press on a role and name, or a key. */
export type PreviewStep =
  | {
      readonly type: 'click';
      readonly role: 'link' | 'button' | 'tab' | 'radio' | 'menuitem';
      readonly name: string | RegExp;
    }
  | { readonly type: 'key'; readonly key: string }
  /** A link of the system’s leads to a place. */
  | { readonly type: 'link'; readonly place: Place };

/** One state of one screen. `snapshot: null` means that the main process doesn't answer yet. */
export interface PreviewState {
  readonly name: string;
  readonly snapshot: Snapshot | null;
  readonly activity: readonly ActivityEntry[] | null;
  readonly sessions: SessionsAnswer;
  readonly notices?: readonly Notice[];
  /** Requests to the main process that fail, by channel. */
  readonly failing?: Readonly<Record<string, UserProblem>>;
  readonly steps: readonly PreviewStep[];
  /** Text that is there once the state is reached. */
  readonly shows: string;
}

const link = (name: string): PreviewStep => ({ type: 'click', role: 'link', name });
const button = (name: string | RegExp): PreviewStep => ({ type: 'click', role: 'button', name });

/** Every state of every screen, as of `nowMs`. */
export function previewStates(nowMs: number): PreviewState[] {
  const activity = sampleActivity(nowMs);
  const withProfile = (change: Partial<ProfileSnapshot>, rest: Partial<Snapshot> = {}) =>
    sampleSnapshot(nowMs, { profiles: [sampleProfile(nowMs, change)], ...rest });
  const state = (
    name: string,
    shows: string,
    snapshot: Snapshot | null,
    steps: readonly PreviewStep[] = [],
    log: readonly ActivityEntry[] | null = activity,
    sessions: SessionsAnswer = { sessions: sampleSessions(nowMs) },
  ): PreviewState => ({ name, shows, snapshot, steps, activity: log, sessions });
  const sessionsState = (name: string, shows: string, sessions: SessionsAnswer, steps: readonly PreviewStep[] = []) =>
    state(name, shows, ready, [link('Sessions'), ...steps], activity, sessions);
  const signingIn = (signIn: SignInState) =>
    withProfile({ signIn, tunnel: { status: 'closed' }, catalog: { status: 'none' }, connections: {} });
  const problem = (...args: [Parameters<typeof sampleProblem>[0], string]) => sampleProblem(...args, nowMs);
  const ready = sampleSnapshot(nowMs);
  const twoAccounts: Snapshot = {
    ...ready,
    profiles: [
      sampleProfile(nowMs, { account: 'alice@acme.example' }),
      sampleProfile(nowMs, { id: 'bob', account: 'bob@acme.example', color: 'orange', connections: {} }),
    ],
  };
  const withProtection = (protection: 'none' | 'access-key') => {
    const orders = { ...onConnection('orders', 7101, nowMs, 12), protection };
    return withProfile({ connections: { ...sampleProfile(nowMs).connections, orders } });
  };
  const movedOrders = withProfile({
    connections: {
      ...sampleProfile(nowMs).connections,
      orders: {
        ...onConnection('orders', 7145, nowMs, 12),
        moved: 'Port 7101 of this computer is taken by “java” (process 4711).',
      },
    },
  });
  const closedSignIn = problem('sign-in-closed', 'It is kept under the system’s keychain, which is locked.');
  const withCatalog = (catalog: Catalog, change: Partial<ProfileSnapshot> = {}) =>
    withProfile({ catalog: { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null }, ...change });
  const guarded = withCatalog(guardedCatalog(nowMs));
  const everywhere = withCatalog({
    ...sampleCatalog,
    requestable: [
      { role: 'on-call', maxHours: 8 },
      { role: 'finance', maxHours: 8 },
    ],
  });
  const long = longCatalog();
  const [longApi] = long.apis;
  const longId = longApi?.id ?? '';
  const longName = longApi?.name ?? '';
  const withLong = withCatalog(long, {
    relayName: 'Acme Subsidiaries Europe, Middle East and Africa',
    favourites: [longId],
    ports: { [longId]: { port: 7101, pinned: true } },
    connections: { [longId]: onConnection(longId, 7101, nowMs, 1834.5) },
    device: { name: 'alice-laptop-with-a-long-host-name.workstations.emea.subsidiary.acme.example', system: 'Ubuntu' },
  });
  const longDenial = sampleActivity(nowMs, 3).map((entry) => ({
    ...entry,
    api: longId,
    decision: 'deny' as const,
    status: 403,
    outcome: 'completed' as const,
    path: `/v1/${'reconciliations/'.repeat(12)}corrections?include=${'accounts,'.repeat(20)}`,
    rule: 'only-the-settlement-operators-of-the-subsidiary-may-correct',
    reason: `The rule asks for one of ${long.person.groups.join(', ')}; your token carries none of them.`,
    unlockedBy: [...long.person.groups],
  }));
  const expired: SignInState = {
    status: 'expired',
    problem: problem('sign-in-expired', 'The sign-in service ended your session at 14:02.'),
  };
  const deciding = withProfile({ requests: sampleRequests(nowMs) });
  const payrollAsked = (change: Parameters<typeof sampleRequest>[0]) =>
    withCatalog(guardedCatalog(nowMs), {
      requests: {
        requests: [sampleRequest({ mine: true, requestedAtMs: nowMs - 600_000, ...change })],
        decides: false,
        leftOut: 0,
      },
    });
  const managedLook = sampleManaged(ready.settings);
  const firstRun = sampleSnapshot(nowMs, { profiles: [], currentProfileId: null, recentRelayUrls: [] });
  const updateState = (name: string, shows: string, change: Partial<AppUpdate>, rest: Partial<Snapshot> = {}) =>
    state(name, shows, { ...ready, ...rest, appUpdate: sampleUpdate(nowMs, change) }, [
      link(rest.settings?.language === 'de' ? 'Einstellungen' : 'Settings'),
    ]);
  const commandLineState = (name: string, shows: string, commandLink: CommandLink, settings = ready.settings) =>
    state(name, shows, { ...ready, settings, commandLink }, [
      link(settings.language === 'de' ? 'Einstellungen' : 'Settings'),
    ]);
  return [
    state('loading', 'Loading', null),
    state('sign-in-first-run', 'Continue in your browser', firstRun),
    state('sign-in-managed', 'Settings of your organisation that can’t be used', { ...firstRun, ...managedLook }),
    state('sign-in-recent', 'Used before', {
      ...firstRun,
      suggestedRelayUrl: 'https://relay.acme.example',
      recentRelayUrls: ['https://relay.acme.example', 'https://relay.eu.acme.example:8443'],
    }),
    state('sign-in-contacting', 'Contacting the relay', signingIn({ status: 'contacting' })),
    state(
      'sign-in-waiting',
      'Finish in your browser',
      signingIn({
        status: 'waiting-for-browser',
        url: 'https://id.acme.example/auth?x=1',
        givesUpAtMs: nowMs + 280_000,
      }),
    ),
    state(
      'sign-in-choosing',
      'Where do you sign in?',
      signingIn({
        status: 'choosing-issuer',
        issuers: [
          { name: 'Acme staff', issuer: 'https://id.acme.example' },
          { name: 'Partners', issuer: 'https://partners.acme.example' },
        ],
        givesUpAtMs: nowMs + 280_000,
      }),
    ),
    state('sign-in-finishing', 'Signing you in', signingIn({ status: 'finishing' })),
    state(
      'sign-in-problem',
      'The relay can’t be reached',
      signingIn({
        status: 'signed-out',
        problem: problem('relay-unreachable', 'relay.acme.example doesn’t answer on port 443 (connection refused).'),
      }),
    ),
    state(
      'sign-in-provider-down',
      'Is company sign-in down?',
      withProfile({
        signIn: { status: 'signed-out', problem: problem('idp-unreachable', 'id.acme.example doesn’t answer.') },
        tunnel: { status: 'closed' },
        catalog: { status: 'none' },
        connections: {},
        offersBreakGlass: true,
      }),
    ),
    state(
      'expired-provider-down',
      'Is company sign-in down?',
      withProfile({
        signIn: { status: 'expired', problem: problem('idp-unreachable', 'id.acme.example doesn’t answer.') },
        tunnel: { status: 'closed' },
        offersBreakGlass: true,
      }),
    ),
    state('sign-in-invalid', 'Enter the relay’s address', firstRun, [button('Continue in your browser')]),
    state('sign-in-other-relays', 'Your other relays', {
      ...signingIn({ status: 'signed-out', problem: problem('sign-in-cancelled', 'You cancelled it.') }),
      profiles: [
        sampleProfile(nowMs, {
          signIn: { status: 'signed-out', problem: problem('sign-in-cancelled', 'You cancelled it.') },
        }),
        sampleProfile(nowMs, { id: 'lab', relayName: 'Lab', relayUrl: 'https://relay.lab.example' }),
      ],
    }),
    state(
      'signing-in-again',
      'Open the page again',
      withProfile({
        signIn: {
          status: 'waiting-for-browser',
          url: 'https://id.acme.example/auth?x=1',
          givesUpAtMs: nowMs + 280_000,
        },
        tunnel: { status: 'closed' },
      }),
    ),
    updateState('update-ready', 'Restart and update', {
      state: { status: 'ready', offer: sampleOffer, laterUntilMs: null, byItself: true, onQuit: true },
    }),
    updateState('update-downloading', '48 %', {
      state: { status: 'downloading', offer: sampleOffer, receivedBytes: 46_000_000 },
    }),
    updateState('update-off', 'Your IT brings updates', { state: { status: 'off', reason: 'policy' } }),
    updateState('update-refused', 'changed after it was signed', {
      state: {
        status: 'failed',
        reason: 'wrong-signature',
        detail: 'The signature isn’t of these bytes.',
        offer: null,
      },
    }),
    updateState(
      'update-refused-german',
      'nach dem Signieren verändert',
      {
        state: {
          status: 'failed',
          reason: 'wrong-signature',
          detail: 'The signature isn’t of these bytes.',
          offer: null,
        },
      },
      { settings: { ...ready.settings, language: 'de' } },
    ),
    updateState('update-required', 'doesn’t take this version any more', {
      isRequired: true,
      state: { status: 'ready', offer: sampleOffer, laterUntilMs: null, byItself: true, onQuit: true },
    }),
    commandLineState('command-line-none', 'Put causeway on PATH', sampleCommandLink()),
    commandLineState(
      'command-line-failed',
      'password was incorrect',
      sampleCommandLink({
        state: { status: 'gone', target: '/Users/ann/Downloads/Causeway.app/Contents/Resources/cli/bin/causeway' },
        problem: '/usr/local/bin/causeway can’t be changed: The administrator user name or password was incorrect.',
      }),
    ),
    commandLineState(
      'command-line-on-path-german',
      'causeway aus dem PATH nehmen',
      sampleCommandLink({ state: { status: 'ours' } }),
      { ...ready.settings, language: 'de' },
    ),
    state('requests', 'Waiting for you', deciding, [link('Requests')]),
    state('requests-approve', 'For how long', deciding, [
      link('Requests'),
      button('Approve alice’s request for Payroll'),
    ]),
    state('requests-refuse', 'Say why: alice reads it.', deciding, [
      link('Requests'),
      button('Refuse alice’s request for Payroll'),
    ]),
    state('requests-none', 'Nobody waits', withProfile({ requests: { requests: [], decides: true, leftOut: 3 } }), [
      link('Requests'),
    ]),
    state('access-requests', 'Your requests', payrollAsked({}), [link('Access')]),
    state('api-asked', 'You asked for finance', payrollAsked({}), [button('Payroll')]),
    state(
      'api-refused',
      'dana refused your request for finance',
      payrollAsked({ status: 'refused', decidedBy: 'dana', decidedAtMs: nowMs - 60_000, note: 'Use the form' }),
      [button('Payroll')],
    ),
    { ...state('notices', 'Mark all as read', ready, [button(/^Notices/)]), notices: sampleNotices(nowMs) },
    state('notices-none', 'Nothing to tell you', ready, [button('Notices')]),
    state(
      'step-up',
      'Sign in again for Orders',
      withProfile({
        stepUp: {
          status: 'asked',
          api: 'orders',
          need: { writes: true, demand: { maxAgeSeconds: 900, path: '/v1/refunds' } },
          problem: null,
        },
      }),
    ),
    state(
      'step-up-begun',
      'Finish signing in again',
      withCatalog(guardedCatalog(nowMs), {
        stepUp: {
          status: 'waiting-for-browser',
          api: 'orders',
          need: null,
          url: 'https://id.acme.example/auth?x=1',
        },
      }),
      [button('Orders')],
    ),
    state('apis-guarded', 'quota used up, resets in', guarded),
    state('api-page-guarded', 'of 10,000 requests a day', guarded, [button('Orders')]),
    state('api-page-socket', '--unix-socket', ready, [
      button('Orders'),
      { type: 'click', role: 'tab', name: 'Socket' },
    ]),
    state('api-page-moved', 'another port this time', movedOrders, [button('Orders')]),
    state('api-page-docker', 'docker run', ready, [button('Orders'), { type: 'click', role: 'tab', name: 'Docker' }]),
    state('api-page-requestable', 'Ask for access', guarded, [button('Payroll')]),
    state('api-page-request-empty', 'Say why', guarded, [button('Payroll'), button('Ask for access')]),
    state('api-page-asked', 'Asked for finance', guarded, [
      button('Ask for access to Payroll'),
      { type: 'key', key: 'Tab' },
      { type: 'key', key: 'Shift+Tab' },
      { type: 'key', key: 'x' },
      button('Ask for access'),
    ]),
    state(
      'api-page-reconnecting',
      '2 connections are waiting',
      withProfile({
        tunnel: { ...reconnecting('tunnel-down', 'The link to relay.acme.example broke (1006).', nowMs), waiting: 2 },
      }),
      [button('Orders')],
    ),
    state(
      'api-page-draining',
      'The relay is about to stop',
      withProfile({ tunnel: { ...openTunnel(nowMs), draining: true } }),
      [button('Orders')],
    ),
    state('long-names', longName, withLong),
    state('long-names-page', 'Close the books', withLong, [button(longName)]),
    state('long-names-access', 'What you can’t do', withLong, [link('Access')]),
    state('long-names-sessions', 'connected now', withLong, [link('Sessions')], activity, {
      sessions: [...sampleSessions(nowMs), longSession(nowMs)],
    }),
    state('long-names-settings', 'Ports and names', withLong, [link('Settings')]),
    state('long-names-activity', 'Export CSV', withLong, [link('Activity')], longDenial),
    state(
      'long-names-request',
      'What would unlock it',
      withLong,
      [link('Activity'), button(longDenial[0]?.path ?? '')],
      longDenial,
    ),
    state(
      'activity-step-up',
      'It asks for a sign-in from the last 15 minutes.',
      guarded,
      [link('Activity'), button('/v1/orders/9')],
      sampleActivity(nowMs, 4).map((entry) => ({
        ...entry,
        path: '/v1/orders/9',
        decision: 'deny' as const,
        rule: 'orders-write',
        reason: 'Writing asks for a sign-in within the last 15 minutes; yours is 2 hours old.',
        unlockedBy: [],
        status: 403,
        stepUp: { maxAgeSeconds: 900 },
      })),
    ),
    state('apis-200', 'Service 0000', withCatalog(largeCatalog(200), { connections: {}, favourites: [] })),
    state('apis', 'Shipping events', ready),
    state('api-page-unprotected', 'Every user of this computer', withProtection('none'), [button('Orders')]),
    state('api-page-access-key', 'Copy key', withProtection('access-key'), [button('Orders')]),
    state('api-page', 'Right now', ready, [button('Orders')]),
    state('api-page-locked', 'Copy a message to send', ready, [button('Payroll')]),
    state('api-page-port', 'Unpin', ready, [button('Orders'), button('Change the port of Orders')]),
    state('apis-search-nothing', 'No match', ready, [
      { type: 'key', key: 'Control+f' },
      { type: 'key', key: 'z' },
      { type: 'key', key: 'q' },
    ]),
    state('apis-loading', 'Loading your APIs', withProfile({ catalog: { status: 'loading' }, connections: {} })),
    state(
      'apis-error',
      'Try again',
      withProfile({
        catalog: {
          status: 'failed',
          problem: problem('relay-not-ready', 'The relay answers 503: waiting for the sign-in service.'),
        },
        connections: {},
      }),
    ),
    state(
      'apis-empty',
      'No API is open to your groups',
      withProfile({
        catalog: { status: 'ready', catalog: { ...sampleCatalog, apis: [] }, fetchedAtMs: nowMs, problem: null },
        connections: {},
      }),
    ),
    state(
      'apis-mixed',
      'The port is taken',
      withProfile({
        connections: {
          orders: { status: 'failed', problem: problem('port-taken', 'Port 7101 is used by “node” (process 4711).') },
          inventory: { status: 'opening' },
        },
      }),
    ),
    state(
      'api-page-port-taken',
      'Close the program',
      withProfile({
        connections: {
          orders: { status: 'failed', problem: problem('port-taken', 'Port 7101 is used by “node” (process 4711).') },
        },
      }),
      [button('Orders')],
    ),
    state(
      'apis-large',
      'Service 0000',
      withProfile({
        catalog: { status: 'ready', catalog: largeCatalog(2000), fetchedAtMs: nowMs, problem: null },
        connections: { 'service-3': onConnection('service-3', 7204, nowMs) },
        favourites: [],
      }),
    ),
    state('expired', 'Sign in again', withProfile({ signIn: expired, tunnel: { status: 'closed' } })),
    state(
      'expired-nothing-known',
      'Sign in to see your APIs',
      withProfile({ signIn: expired, tunnel: { status: 'closed' }, catalog: { status: 'none' }, connections: {} }),
    ),
    state(
      'reconnecting',
      'The tunnel to the relay is down',
      withProfile({ tunnel: reconnecting('tunnel-down', 'The relay closed the connection.', nowMs) }),
    ),
    state(
      'offline',
      'You’re offline',
      withProfile({ tunnel: reconnecting('no-network', 'This computer has no address in any network.', nowMs) }),
    ),
    state(
      'too-old',
      'needs 0.2.0 or newer',
      withProfile({
        tunnel: reconnecting(
          'client-too-old',
          'This is version 0.1.0; the relay needs 0.2.0 or newer. Open Software Center and choose Causeway.',
          nowMs,
        ),
      }),
    ),
    state(
      'revoked',
      'Laptop lost',
      withProfile({
        signIn: {
          status: 'expired',
          problem: problem('session-revoked', 'An administrator has ended this session: Laptop lost'),
        },
        tunnel: { status: 'closed' },
      }),
    ),
    state(
      'ended-by-me',
      'from your device “alice-desktop”',
      withProfile({
        signIn: {
          status: 'expired',
          problem: {
            ...problem(
              'session-revoked',
              'You have ended this session from your device “alice-desktop”. If that wasn’t you, tell IT.',
            ),
            atMs: nowMs - 300_000,
          },
        },
        tunnel: { status: 'closed' },
      }),
      [link('Sessions')],
    ),
    state(
      'new-device',
      'New sign-in on “mallory-pc”',
      withProfile({
        newDevices: [
          {
            id: 'sOldOldOldOldOl',
            name: 'mallory-pc',
            system: 'Windows 11',
            appVersion: '0.1.0',
            sinceMs: nowMs - 120_000,
            address: '203.0.113.9',
          },
        ],
      }),
    ),
    state(
      'sessions-new-device',
      'new device',
      withProfile({
        newDevices: [
          {
            id: 'sOldOldOldOldOl',
            name: 'alice-phone',
            system: 'Windows 11',
            appVersion: '0.1.0',
            sinceMs: nowMs - 120_000,
            address: null,
          },
        ],
      }),
      [link('Sessions')],
    ),
    state('apis-locked-by-it', 'Locked by IT for everybody', withCatalog(lockedCatalog(nowMs))),
    state('api-page-locked-by-it', 'Requests are refused meanwhile', withCatalog(lockedCatalog(nowMs)), [
      button('Orders'),
    ]),
    state('access-locked-by-it', 'Locked by IT for the group', withCatalog(lockedCatalog(nowMs)), [link('Access')]),
    state('all-locked-by-it', 'Account stolen, until', withCatalog(allLockedCatalog())),
    state(
      'update-recommended',
      'Causeway 0.2.0 is recommended',
      withProfile({
        update: { recommendedVersion: '0.2.0', howToUpdate: 'Open Software Center and choose Causeway.' },
      }),
    ),
    state(
      'apis-no-groups',
      'Your sign-in carries no groups',
      withCatalog({ ...sampleCatalog, person: { ...sampleCatalog.person, groups: [] }, apis: [] }, { connections: {} }),
    ),
    state(
      'draining',
      'The relay is restarting',
      withProfile({ tunnel: reconnecting('relay-draining', 'The relay asked to come back.', nowMs) }),
    ),
    state(
      'renewal-failing',
      'can’t be renewed',
      withProfile({
        signIn: { ...signedIn(nowMs), renewalProblem: problem('renewal-failed', 'id.acme.example answers 503.') },
      }),
    ),
    state('memory-storage', 'no encrypted storage', {
      ...ready,
      secretStore: { kind: 'memory', reason: 'No keyring service runs in this session.' },
    }),
    state('activity', 'Export CSV', ready, [link('Activity')]),
    state('activity-request', 'What would unlock it', ready, [
      link('Activity'),
      { type: 'click', role: 'radio', name: 'Denied' },
      button('/v1/refunds'),
    ]),
    state(
      'activity-refused-connection',
      'Refused on this computer',
      ready,
      [link('Activity'), button(/refused connection/)],
      [...activity, refusedConnections(nowMs)],
    ),
    state('sign-in-closed', 'can’t be opened', signingIn({ status: 'signed-out', problem: closedSignIn })),
    state('activity-exported', '60 requests as CSV', ready, [link('Activity'), button('Export CSV')]),
    state('activity-empty', 'No requests yet', ready, [link('Activity')], []),
    state('activity-loading', 'Loading your activity', ready, [link('Activity')], null),
    state('access', 'What you can’t do', ready, [link('Access')]),
    state('access-loading', 'Loading your access', withProfile({ catalog: { status: 'loading' } }), [link('Access')]),
    state('sessions', 'alice-desktop', ready, [link('Sessions')]),
    sessionsState('sessions-alone', 'nowhere else', { sessions: sampleSessions(nowMs).slice(0, 1) }),
    sessionsState('sessions-loading', 'Loading your sessions', { sessions: null }),
    sessionsState('sessions-error', 'Try again', {
      sessions: problem('relay-unreachable', 'relay.acme.example doesn’t answer on port 443 (connection refused).'),
    }),
    sessionsState('sessions-unknown-own', 'Your devices', {
      sessions: sampleSessions(nowMs).map((session) => ({ ...session, current: false })),
    }),
    sessionsState('sessions-end', 'Sign out alice-desktop?', { sessions: sampleSessions(nowMs) }, [
      button('Sign out alice-desktop'),
    ]),
    sessionsState('sessions-end-all', 'Sign out 2 other sessions?', { sessions: sampleSessions(nowMs) }, [
      button('Sign out all others'),
    ]),
    sessionsState(
      'sessions-end-failed',
      'can’t reach what the relays share',
      {
        sessions: sampleSessions(nowMs),
        endProblem: problem('shared-state-unavailable', 'It counts at this relay, at the others once Redis is back.'),
      },
      [button('Sign out alice-desktop'), button('Sign out')],
    ),
    sessionsState('sessions-rename', 'Leave it empty', { sessions: sampleSessions(nowMs) }, [
      button('Rename alice-desktop'),
    ]),
    {
      ...sessionsState('sessions-rename-failed', 'can’t reach', { sessions: sampleSessions(nowMs) }, [
        button('Rename alice-desktop'),
        button('Save'),
      ]),
      failing: {
        'sessions:rename': problem('shared-state-unavailable', 'The disk of the relay’s data folder doesn’t answer.'),
      },
    },
    sessionsState('sessions-renamed', 'Calls itself alice-desktop', {
      sessions: sampleSessions(nowMs).map((session) =>
        session.current
          ? session
          : { ...session, device: { ...session.device, name: 'The one in the office', ownName: session.device.name } },
      ),
    }),
    state('sessions-expired', 'Sign in again', withProfile({ signIn: expired, tunnel: { status: 'closed' } }), [
      link('Sessions'),
    ]),
    state('settings', 'Ports and names', { ...ready, signature: 'unsigned', files: sampleFiles(nowMs, 2) }, [
      link('Settings'),
    ]),
    state('settings-no-crash', 'Crash files', { ...ready, signature: 'signed', files: sampleFiles(nowMs, 0) }, [
      link('Settings'),
    ]),
    state('settings-managed', 'Managed by your organisation', { ...ready, ...managedLook }, [link('Settings')]),
    state('managed-problems', 'Some settings of your organisation can’t be used', {
      ...ready,
      managed: { values: {}, problems: managedLook.managed.problems },
    }),
    state('diagnostics', 'It fails here: Tunnel', ready, [link('Settings'), button('Look at each step')]),
    state('diagnostics-report', 'causeway-diagnostics', ready, [
      link('Settings'),
      button('Look at each step'),
      button('Show the report'),
    ]),
    state('proxy-sign-in', 'The proxy proxy.acme.example:3128 wants a sign-in', {
      ...ready,
      proxySignIn: { proxy: 'proxy.acme.example:3128', refused: true },
    }),
    state(
      'network-sign-in',
      'Open the network’s page',
      withProfile({ tunnel: reconnecting('network-sign-in', 'This network answers in its place.', nowMs) }),
    ),
    state('settings-remove', 'Remove Acme?', ready, [link('Settings'), button('Remove Acme')]),
    state(
      'settings-gateway-taken',
      'Addresses by name don’t work',
      {
        ...ready,
        gateway: { status: 'failed', problem: problem('port-taken', 'Port 7100 is used by another program.') },
      },
      [link('Settings')],
    ),
    state(
      'profile-menu',
      'Add a relay',
      {
        ...ready,
        profiles: [
          sampleProfile(nowMs),
          sampleProfile(nowMs, { id: 'lab', relayName: 'Lab', relayUrl: 'https://relay.lab.example', signIn: expired }),
        ],
      },
      [button(/^Relay Acme/)],
    ),
    state('hints-switch', 'Turn an API on at the end of its row.', {
      ...withProfile({ connections: {} }),
      settings: { ...ready.settings, hints: ['switch', 'copy', 'go'] },
    }),
    state('hints-copy', 'Take its address', {
      ...ready,
      settings: { ...ready.settings, hints: ['switch', 'copy', 'go'] },
    }),
    state('hints-go', 'as if the API ran here', { ...ready, settings: { ...ready.settings, hints: ['go'] } }),
    state('accounts-menu', 'Another account at Acme', twoAccounts, [button(/^Relay Acme/)]),
    state('accounts-relays', 'bob@acme.example', twoAccounts, [link('Settings')]),
    state('accounts-colour', 'As the relay says', { ...twoAccounts, currentProfileId: 'bob' }, [
      link('Settings'),
      button('Color of Acme (bob@acme.example)'),
    ]),
    state('accounts-which', 'Several of your accounts have what the link names.', twoAccounts, [
      { type: 'link', place: { show: 'api', api: 'orders' } },
    ]),
    state('access-everywhere', 'For at most 8 h', everywhere, [link('Access'), button('Ask for it')]),
    state('api-page-everywhere', 'at every API', everywhere, [button('Payroll')]),
    state('accounts-adding', 'A further account.', {
      ...ready,
      profiles: [
        sampleProfile(nowMs, { account: 'alice@acme.example' }),
        sampleProfile(nowMs, {
          id: 'further',
          signIn: { status: 'waiting-for-browser', url: 'https://sso.acme.example/auth', givesUpAtMs: nowMs + 290_000 },
          tunnel: { status: 'closed' },
          catalog: { status: 'none' },
          connections: {},
        }),
      ],
      currentProfileId: 'further',
    }),
    ...troubleStates(nowMs),
    ...searchAndDeviceStates(nowMs),
    state('person-menu', 'Your sessions', ready, [button(/^Account of Alice/)]),
  ];
}
