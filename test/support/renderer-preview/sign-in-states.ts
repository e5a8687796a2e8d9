import type { SignInState } from '../../../shared/snapshot.ts';
import type { PreviewState } from './preview-state.ts';
import { reconnecting, sampleProfile, sampleSnapshot, signedIn } from './sample-snapshot.ts';
import { button, link, statePartsOf } from './state-parts.ts';

/** Signing in, and whatever is in the way of it or of the relay. */
export function signInStates(nowMs: number): PreviewState[] {
  const { withProfile, state, problem, expired, managedLook, ready } = statePartsOf(nowMs);
  const signingIn = (signIn: SignInState) =>
    withProfile({ signIn, tunnel: { status: 'closed' }, catalog: { status: 'none' }, connections: {} });
  const closedSignIn = problem('sign-in-closed', 'It is kept under the system’s keychain, which is locked.');
  const firstRun = sampleSnapshot(nowMs, { profiles: [], currentProfileId: null, recentRelayUrls: [] });
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
    state('sign-in-closed', 'can’t be opened', signingIn({ status: 'signed-out', problem: closedSignIn })),
    state('proxy-sign-in', 'The proxy proxy.acme.example:3128 wants a sign-in', {
      ...ready,
      proxySignIn: { proxy: 'proxy.acme.example:3128', refused: true },
    }),
    state(
      'network-sign-in',
      'Open the network’s page',
      withProfile({ tunnel: reconnecting('network-sign-in', 'This network answers in its place.', nowMs) }),
    ),
  ];
}
