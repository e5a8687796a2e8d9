import type { CannedAnswers } from './open-console.ts';

const hourMs = 3_600_000;

const keys = [
  ['relay.name', 'Example Company', 'file', 2],
  ['relay.url', 'https://relay.example.com', 'file', 3],
  ['relay.drain_seconds', 30, 'default', null],
  ['issuers[0].client_secret', '${file:secrets/client}', 'secret-file', 14],
  ['apis[0].upstream', 'https://inventory.internal.example.com:8443', 'file', 31],
  ['apis[0].timeout_seconds', 60, 'default', null],
  ['storage', '${env:CAUSEWAY_STORAGE}', 'environment', 88],
  ['audit.sinks[0].secrets', ['${file:secrets/siem}'], 'secret-file', 95],
  ['limits.max_body_bytes', null, 'default', null],
] as const;

const account = (given: object): object => ({
  state: 'enrolled',
  signIn: 'passkey',
  passkeys: 2,
  groups: ['sre', 'causeway-operators'],
  ...given,
});

/** Emergency accounts, providers that send events, sinks and values, some of them in trouble. */
export function sampleSettingsAnswers(nowMs: number): CannedAnswers {
  const changed = { note: 'dana (console) has done it', invitation: null, recorded: true, untold: null };
  const acted = (given: object): object => ({
    ways: ['push'],
    accepted: 412,
    repeated: 2,
    refused: 0,
    acted: 31,
    unknownSubject: 7,
    unknownEvent: 3,
    acceptedAtMs: nowMs - hourMs / 3,
    answeredAtMs: null,
    verifiedAtMs: nowMs - 30 * hourMs,
    stream: 'enabled',
    error: null,
    errorAtMs: null,
    ...given,
  });
  const sink = (given: object): object => ({
    kind: 'webhook',
    state: 'ok',
    sentUpTo: 81_204,
    lastRecord: 81_204,
    waiting: 0,
    oldestWaitingSeconds: null,
    sent: 81_204,
    deliveredAt: new Date(nowMs - 2000).toISOString(),
    error: null,
    errorAt: null,
    failedAttempts: 0,
    ...given,
  });
  return {
    '/admin/v1/break-glass/accounts': {
      isOn: true,
      twoPersons: true,
      accounts: [
        account({ name: 'kim' }),
        account({ name: 'pat', signIn: 'passphrase', passkeys: 0, groups: ['sre'] }),
        account({ name: 'sam', state: 'not enrolled', passkeys: 0, groups: ['sre'] }),
        account({ name: 'a-former-account-with-a-long-name', state: 'not in config', signIn: null, groups: [] }),
      ],
    },
    '/admin/v1/break-glass/accounts/sam/invite': {
      ...changed,
      invitation: {
        link: 'https://relay.example.com/break-glass/enrol/ZkX0Jj3Yx9Q2a7mVbE1rTgWzLsNpCdFhUiOoPqRsTuV',
        expiresAtMs: nowMs + 24 * hourMs,
      },
    },
    '/admin/v1/break-glass/accounts/kim/disable': changed,
    '/admin/v1/signals': {
      transmitters: [
        acted({ name: 'okta' }),
        acted({
          name: 'a-second-provider',
          ways: ['poll'],
          verifiedAtMs: null,
          error: 'events.example.com didn’t answer within 10 s.',
          errorAtMs: nowMs - hourMs,
          refused: 4,
        }),
      ],
    },
    '/admin/v1/audit/sinks': {
      sinks: [
        sink({ name: 'storage', kind: 'postgres' }),
        sink({
          name: 'siem',
          state: 'late',
          sentUpTo: 74_000,
          waiting: 7204,
          oldestWaitingSeconds: 5400,
          error: 'siem.example.com answered with status 503.',
          errorAt: new Date(nowMs - 20_000).toISOString(),
          failedAttempts: 61,
        }),
      ],
    },
    '/admin/v1/config/effective': (url) => {
      const search = (url.searchParams.get('search') ?? '').toLowerCase();
      const found = keys
        .filter(([key]) => key.includes(search))
        .map(([key, value, source, line]) => ({ key, value, hidden: source === 'secret-file', source, line }));
      return { file: '/etc/causeway/relay.yaml', keys: found, next: null };
    },
  };
}
