import { causeOf, passesByItself } from '../shared/cause.ts';
import { causeText } from '../shared/cause-text.ts';
import type { ProfileSnapshot, Snapshot } from '../shared/snapshot.ts';

/** State that the tray icon shows, the most urgent of all profiles. */
export type TrayStatus = 'signed-out' | 'idle' | 'connected' | 'reconnecting' | 'attention';

export interface TrayApi {
  readonly profileId: string;
  readonly api: string;
  readonly label: string;
  readonly on: boolean;
}

export interface TrayModel {
  readonly status: TrayStatus;
  /** One line, for the menu's head and the icon's tooltip. */
  readonly line: string;
  /** Favourites and what is connected, at most twelve. */
  readonly apis: readonly TrayApi[];
}

const maxApis = 12;
const urgency: readonly TrayStatus[] = ['attention', 'reconnecting', 'connected', 'idle', 'signed-out'];

/** What the tray shows for a state; the shell draws it and adds nothing. */
export function trayModel(snapshot: Snapshot): TrayModel {
  const { profiles } = snapshot;
  const views = profiles.map((profile) => ({ profile, status: profileStatus(profile) }));
  const status = urgency.find((candidate) => views.some((view) => view.status === candidate)) ?? 'signed-out';
  const urgent = views.find((view) => view.status === status)?.profile;
  const connected = profiles
    .filter((profile) => causeOf(profile) === null)
    .reduce((sum, each) => sum + openCount(each), 0);
  const named = new Set(profiles.filter((profile) => trayApis(profile).length > 0)).size > 1;
  return {
    status,
    line: urgent === undefined ? 'Signed out' : statusLine(status, connected, urgent, profiles.length > 1),
    apis: profiles
      .flatMap((profile) =>
        trayApis(profile).map((api) => (named ? { ...api, label: `${api.label} (${profile.relayName})` } : api)),
      )
      .slice(0, maxApis),
  };
}

function profileStatus(profile: ProfileSnapshot): TrayStatus {
  const { signIn, connections } = profile;
  if (signIn.status === 'expired') return 'attention';
  if (signIn.status !== 'signed-in') return 'signed-out';
  const cause = causeOf(profile);
  if (failedConnection(profile) !== undefined || (cause !== null && !passesByItself(cause))) return 'attention';
  if (cause !== null && (cause.detail !== null || Object.keys(connections).length > 0)) return 'reconnecting';
  return openCount(profile) > 0 ? 'connected' : 'idle';
}

function openCount({ connections }: ProfileSnapshot): number {
  return Object.values(connections).filter(({ status }) => status === 'on').length;
}

function failedConnection({ connections }: ProfileSnapshot) {
  return Object.values(connections).find((connection) => connection.status === 'failed');
}

/** `severalRelays`: a line about one of them says which. */
function statusLine(status: TrayStatus, connected: number, profile: ProfileSnapshot, severalRelays: boolean): string {
  switch (status) {
    case 'signed-out':
      return 'Signed out';
    case 'idle':
      return 'Signed in, nothing connected';
    case 'connected':
      return connected === 1 ? '1 API connected' : `${connected} APIs connected`;
    case 'reconnecting':
    case 'attention': {
      const cause = causeOf(profile);
      const title = cause === null ? failedConnection(profile)?.problem.title : causeText(cause).title;
      return severalRelays ? `${profile.relayName}: ${title}` : `${title}`;
    }
  }
}

function trayApis(profile: ProfileSnapshot): readonly TrayApi[] {
  if (profile.signIn.status !== 'signed-in' || profile.catalog.status !== 'ready') return [];
  const isOn = (id: string): boolean => {
    const status = profile.connections[id]?.status;
    return status === 'on' || status === 'opening';
  };
  return profile.catalog.catalog.apis
    .filter(({ id, access }) => access === 'open' && (profile.favourites.includes(id) || isOn(id)))
    .map(({ id, name }) => ({ profileId: profile.id, api: id, label: name, on: isOn(id) }));
}
