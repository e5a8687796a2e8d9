import type { AppUpdate } from '../../../shared/app-update.ts';
import type { CommandLink } from '../../../shared/command-link.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import type { PreviewState } from './preview-state.ts';
import { sampleCommandLink } from './sample-command-link.ts';
import { sampleNotices } from './sample-requests.ts';
import { sampleFiles, sampleProfile } from './sample-snapshot.ts';
import { sampleOffer, sampleUpdate } from './sample-update.ts';
import { button, link, statePartsOf } from './state-parts.ts';

/** Settings, updates, notices, accounts and diagnostics. */
export function appStates(nowMs: number): PreviewState[] {
  const { withProfile, state, problem, ready, expired, managedLook } = statePartsOf(nowMs);
  const twoAccounts: Snapshot = {
    ...ready,
    profiles: [
      sampleProfile(nowMs, { account: 'alice@acme.example' }),
      sampleProfile(nowMs, { id: 'bob', account: 'bob@acme.example', color: 'orange', connections: {} }),
    ],
  };
  const updateState = (name: string, shows: string, change: Partial<AppUpdate>, rest: Partial<Snapshot> = {}) =>
    state(name, shows, { ...ready, ...rest, appUpdate: sampleUpdate(nowMs, change) }, [
      link(rest.settings?.language === 'de' ? 'Einstellungen' : 'Settings'),
    ]);
  const commandLineState = (name: string, shows: string, commandLink: CommandLink, settings = ready.settings) =>
    state(name, shows, { ...ready, settings, commandLink }, [
      link(settings.language === 'de' ? 'Einstellungen' : 'Settings'),
    ]);
  return [
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
    { ...state('notices', 'Mark all as read', ready, [button(/^Notices/)]), notices: sampleNotices(nowMs) },
    state('notices-none', 'Nothing to tell you', ready, [button('Notices')]),
    state(
      'update-recommended',
      'Causeway 0.2.0 is recommended',
      withProfile({
        update: { recommendedVersion: '0.2.0', howToUpdate: 'Open Software Center and choose Causeway.' },
      }),
    ),
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
  ];
}
