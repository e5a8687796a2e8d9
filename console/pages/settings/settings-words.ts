import type { Certificate, EffectiveKey, EmergencyAccount, Sink, Transmitter } from '../../api/admin-api.ts';

/** How far a provider’s clock is from the relay’s. Pure. */
export function clockWords(differenceMs: number | null): string {
  if (differenceMs === null) return 'Not known: it sends no Date';
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (seconds < 2) return 'Agrees with the relay’s';
  return `${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} the relay’s`;
}

const stateWords = {
  ok: { text: 'valid', tone: 'ok' },
  'ends-soon': { text: 'ends soon', tone: 'warning' },
  ended: { text: 'expired', tone: 'bad' },
  'not-yet': { text: 'not valid yet', tone: 'bad' },
} as const satisfies Readonly<Record<Certificate['state'], object>>;

/** How a certificate stands. Pure. */
export function certificateWords(state: Certificate['state']): (typeof stateWords)[Certificate['state']] {
  return stateWords[state];
}

const accountStates = {
  enrolled: { text: 'enrolled', tone: 'ok' },
  'not enrolled': { text: 'not enrolled', tone: 'warning' },
  disabled: { text: 'disabled', tone: 'quiet' },
  'not in config': { text: 'not in the config', tone: 'quiet' },
} as const satisfies Readonly<Record<EmergencyAccount['state'], object>>;

/** How an emergency account stands. Pure. */
export function accountWords(state: EmergencyAccount['state']): (typeof accountStates)[EmergencyAccount['state']] {
  return accountStates[state];
}

/** What its person signs in with. Pure. */
export function signInWords({ signIn, passkeys, state }: EmergencyAccount): string {
  if (signIn === null) return 'Nobody can use it; what its person signed in with is still kept.';
  if (signIn === 'passphrase') return 'Passphrase and one-time codes';
  if (passkeys === 0) return 'No passkey yet';
  if (passkeys > 1) return `${passkeys} passkeys`;
  return state === 'enrolled' ? 'One passkey: enrol a spare one' : 'One passkey';
}

/** One thing that can be done with an emergency account. */
export interface AccountAct {
  readonly act: 'invite' | 'disable' | 'enable' | 'remove';
  readonly label: string;
  readonly title: (account: string) => string;
  readonly text: string;
  readonly look: 'danger' | 'primary';
}

const accountActs: Readonly<Record<AccountAct['act'], Omit<AccountAct, 'act'>>> = {
  invite: {
    label: 'Make a link',
    title: (account) => `Make a link for ${account}?`,
    text: 'Whoever opens the link can enrol for the account. It works once and is shown to you once. Earlier links stop working.',
    look: 'primary',
  },
  enable: {
    label: 'Enable',
    title: (account) => `Enable ${account}?`,
    text: 'Its person can sign in again with what they have enrolled.',
    look: 'primary',
  },
  disable: {
    label: 'Disable',
    title: (account) => `Disable ${account}?`,
    text: 'Nobody signs in with it or enrols for it until somebody enables it. Its open sessions and links end.',
    look: 'danger',
  },
  remove: {
    label: 'Remove what it signs in with',
    title: (account) => `Remove what ${account} signs in with?`,
    text: 'Passkeys, passphrase and codes are forgotten. Its open sessions and links end; its person has to enrol anew.',
    look: 'danger',
  },
};

const actsByState: Readonly<Record<EmergencyAccount['state'], readonly AccountAct['act'][]>> = {
  enrolled: ['invite', 'disable', 'remove'],
  'not enrolled': ['invite', 'disable'],
  disabled: ['enable', 'remove'],
  'not in config': ['remove'],
};

/** What can be done with an account in a state. Pure. */
export function actsOnAccount(state: EmergencyAccount['state']): readonly AccountAct[] {
  return actsByState[state].map((act) => ({ act, ...accountActs[act] }));
}

const sinkStates = {
  ok: { text: 'good', tone: 'ok' },
  failing: { text: 'failing', tone: 'warning' },
  late: { text: 'late', tone: 'bad' },
  ended: { text: 'ended by its receiver', tone: 'bad' },
  'not-started': { text: 'not begun', tone: 'quiet' },
} as const satisfies Readonly<Record<Sink['state'], object>>;

/** How a sink stands. Pure. */
export function sinkWords(state: Sink['state']): (typeof sinkStates)[Sink['state']] {
  return sinkStates[state];
}

/** How a provider that sends events stands. Pure. */
export function transmitterWords({ error, stream, verifiedAtMs, acceptedAtMs }: Transmitter): {
  readonly text: string;
  readonly tone: 'ok' | 'bad' | 'quiet';
} {
  if (error !== null) return { text: 'failing', tone: 'bad' };
  if (stream !== null && stream !== 'enabled') return { text: stream, tone: 'bad' };
  return verifiedAtMs === null && acceptedAtMs === null
    ? { text: 'nothing heard yet', tone: 'quiet' }
    : { text: 'good', tone: 'ok' };
}

const sources: Readonly<Record<EffectiveKey['source'], string>> = {
  file: 'the file',
  environment: 'an environment variable',
  'secret-file': 'a file with a secret',
  credential: 'a credential of the service',
  preset: 'what is known of the provider',
  default: 'the default',
  derived: 'other values',
};

/** Where a value of the config comes from. Pure. */
export function sourceWords({ source, line }: Pick<EffectiveKey, 'source' | 'line'>): string {
  return line === null ? sources[source] : `${sources[source]}, line ${line}`;
}

/** A value of the config, as it is read. Pure. */
export function valueWords({ value, hidden }: Pick<EffectiveKey, 'value' | 'hidden'>): string {
  if (hidden) return 'hidden';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  return value === null || value === '' ? 'none' : String(value);
}
