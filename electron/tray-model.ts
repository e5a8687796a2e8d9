import type { AppUpdate } from '../shared/app-update.ts';
import { causeOf, passesByItself } from '../shared/cause.ts';
import { causeText } from '../shared/cause-text.ts';
import { text } from '../shared/messages/text.ts';
import { problemInWords } from '../shared/problem-words.ts';
import type { LookColor } from '../shared/look.ts';
import { profileColor } from '../shared/profile-color.ts';
import { profileLabels } from '../shared/profile-labels.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot } from '../shared/snapshot.ts';

/** State that the tray icon shows, the most urgent of all profiles. */
export type TrayStatus = 'signed-out' | 'idle' | 'paused' | 'connected' | 'reconnecting' | 'attention';

export interface TrayApi {
  readonly profileId: string;
  readonly api: string;
  readonly label: string;
  readonly on: boolean;
}

/** Address of an API that is on, to be copied. */
export interface TrayAddress {
  readonly api: string;
  readonly label: string;
  readonly address: string;
}

/** One relay, or one of two accounts at the same, and what can be done with it from the tray. */
export interface TrayRelay {
  readonly profileId: string;
  /** Its name and its state; no two relays have the same. */
  readonly label: string;
  readonly status: TrayStatus;
  /** Its colour, where it has one. */
  readonly color: LookColor | null;
  /** Favourites and what is connected, at most twelve. */
  readonly apis: readonly TrayApi[];
  readonly addresses: readonly TrayAddress[];
  /** Favourites that are off. */
  readonly toConnect: readonly string[];
  readonly canPause: boolean;
  readonly canResume: boolean;
  readonly needsSignIn: boolean;
}

export interface TrayModel {
  readonly status: TrayStatus;
  /** One line, for the menu's head and the icon's tooltip. */
  readonly line: string;
  readonly relays: readonly TrayRelay[];
  /** An update that waits for the person; null when none does. */
  readonly update: { readonly label: string; readonly does: 'restart' | 'download' } | null;
}

const maxApis = 12;
const urgency: readonly TrayStatus[] = ['attention', 'reconnecting', 'connected', 'paused', 'idle', 'signed-out'];

/** What the tray shows for a state; the shell draws it and adds nothing. */
export function trayModel({ profiles, appUpdate }: Snapshot): TrayModel {
  const labels = profileLabels(profiles);
  const views = profiles.map((profile) => ({ profile, status: profileStatus(profile) }));
  const status = urgency.find((candidate) => views.some((view) => view.status === candidate)) ?? 'signed-out';
  const urgent = views.find((view) => view.status === status)?.profile;
  const on = profiles
    .filter((profile) => causeOf(profile) === null)
    .reduce((sum, profile) => sum + openCount(profile), 0);
  return {
    status,
    line: urgent === undefined ? text('tray.signed-out') : headLine(urgent),
    relays: profiles.map((profile) => trayRelay(profile, labels.get(profile.id) ?? profile.relayName)),
    update: trayUpdate(appUpdate),
  };

  /** A line about one of several relays says which. */
  function headLine(profile: ProfileSnapshot): string {
    const line = statusLine(status, on, profile);
    const isOfOne = status === 'attention' || status === 'reconnecting';
    const relay = labels.get(profile.id) ?? profile.relayName;
    return isOfOne && profiles.length > 1 ? text('tray.relay', { relay, line }) : line;
  }
}

function trayUpdate(appUpdate: AppUpdate | undefined): TrayModel['update'] {
  const state = appUpdate?.state;
  if (state?.status === 'ready')
    return { label: text('updates.tray.restart', { version: state.offer.version }), does: 'restart' };
  if (state?.status === 'offered')
    return { label: text('updates.tray.download', { version: state.offer.version }), does: 'download' };
  return null;
}

function trayRelay(profile: ProfileSnapshot, name: string): TrayRelay {
  const status = profileStatus(profile);
  const apis = trayApis(profile);
  const signedIn = profile.signIn.status === 'signed-in';
  return {
    profileId: profile.id,
    label: text('tray.relay', { relay: name, line: statusLine(status, openCount(profile), profile) }),
    status,
    color: profileColor(profile),
    apis: apis.slice(0, maxApis),
    addresses: apis.flatMap(({ api, label }) => {
      const connection = profile.connections[api];
      return connection?.status === 'on'
        ? [{ api, label, address: connection.gatewayAddress ?? connection.address }]
        : [];
    }),
    toConnect: apis.filter(({ api, on }) => !on && profile.favourites.includes(api)).map(({ api }) => api),
    canPause: signedIn && apis.some(({ on }) => on),
    canResume: signedIn && isPaused(profile),
    needsSignIn: profile.signIn.status === 'expired' || profile.signIn.status === 'signed-out',
  };
}

function profileStatus(profile: ProfileSnapshot): TrayStatus {
  const { signIn, connections } = profile;
  if (signIn.status === 'expired') return 'attention';
  if (signIn.status !== 'signed-in') return 'signed-out';
  const cause = causeOf(profile);
  if (failedConnection(profile) !== undefined || (cause !== null && !passesByItself(cause))) return 'attention';
  if (cause !== null && (cause.detail !== null || Object.keys(connections).length > 0)) return 'reconnecting';
  if (openCount(profile) > 0) return 'connected';
  return isPaused(profile) ? 'paused' : 'idle';
}

function isPaused({ paused = [] }: ProfileSnapshot): boolean {
  return paused.length > 0;
}

function openCount({ connections }: ProfileSnapshot): number {
  return Object.values(connections).filter(({ status }) => status === 'on').length;
}

function failedConnection({ connections }: ProfileSnapshot) {
  return Object.values(connections).find((connection) => connection.status === 'failed');
}

function statusLine(status: TrayStatus, count: number, profile: ProfileSnapshot): string {
  switch (status) {
    case 'connected':
      return text('tray.connected', { count });
    case 'reconnecting':
    case 'attention': {
      const cause = causeOf(profile);
      const problem = failedConnection(profile)?.problem;
      if (cause !== null) return causeText(cause).title;
      return problem === undefined ? text(`tray.${status}`) : problemInWords(problem).title;
    }
    case 'signed-out':
    case 'idle':
    case 'paused':
      return text(`tray.${status}`);
  }
}

function isOn(connection: ConnectionState | undefined): boolean {
  return connection?.status === 'on' || connection?.status === 'opening';
}

function trayApis(profile: ProfileSnapshot): readonly TrayApi[] {
  if (profile.signIn.status !== 'signed-in' || profile.catalog.status !== 'ready') return [];
  return profile.catalog.catalog.apis
    .filter(({ id, access }) => access === 'open' && (profile.favourites.includes(id) || isOn(profile.connections[id])))
    .map(({ id, name }) => ({ profileId: profile.id, api: id, label: name, on: isOn(profile.connections[id]) }));
}
