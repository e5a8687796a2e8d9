import type { PreviewState } from './preview-state.ts';
import {
  allLockedCatalog,
  guardedCatalog,
  largeCatalog,
  lockedCatalog,
  longCatalog,
  sampleCatalog,
} from './sample-catalog.ts';
import { longSession, sampleSessions } from './sample-sessions.ts';
import { onConnection, openTunnel, reconnecting, sampleActivity, sampleProfile } from './sample-snapshot.ts';
import { button, link, statePartsOf } from './state-parts.ts';

/** The list of APIs and their pages. */
export function apiStates(nowMs: number): PreviewState[] {
  const { activity, withProfile, state, problem, ready, withCatalog, guarded, everywhere, payrollAsked } =
    statePartsOf(nowMs);
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
  return [
    state('api-asked', 'You asked for finance', payrollAsked({}), [button('Payroll')]),
    state(
      'api-refused',
      'dana refused your request for finance',
      payrollAsked({ status: 'refused', decidedBy: 'dana', decidedAtMs: nowMs - 60_000, note: 'Use the form' }),
      [button('Payroll')],
    ),
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
    state('apis-locked-by-it', 'Locked by IT for everybody', withCatalog(lockedCatalog(nowMs))),
    state('api-page-locked-by-it', 'Requests are refused meanwhile', withCatalog(lockedCatalog(nowMs)), [
      button('Orders'),
    ]),
    state('all-locked-by-it', 'Account stolen, until', withCatalog(allLockedCatalog())),
    state(
      'apis-no-groups',
      'Your sign-in carries no groups',
      withCatalog({ ...sampleCatalog, person: { ...sampleCatalog.person, groups: [] }, apis: [] }, { connections: {} }),
    ),
    state('api-page-everywhere', 'at every API', everywhere, [button('Payroll')]),
  ];
}
