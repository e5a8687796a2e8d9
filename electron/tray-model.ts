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
  const statuses = snapshot.profiles.map(profileStatus);
  const status = urgency.find((candidate) => statuses.includes(candidate)) ?? 'signed-out';
  const connected = snapshot.profiles.flatMap((profile) =>
    Object.values(profile.connections).filter((connection) => connection.status === 'on'),
  ).length;
  return { status, line: statusLine(status, connected), apis: snapshot.profiles.flatMap(trayApis).slice(0, maxApis) };
}

function profileStatus(profile: ProfileSnapshot): TrayStatus {
  if (profile.signIn.status === 'expired') return 'attention';
  if (profile.signIn.status !== 'signed-in') return 'signed-out';
  const connections = Object.values(profile.connections);
  if (connections.some(({ status }) => status === 'failed')) return 'attention';
  if (profile.tunnel.status === 'reconnecting') return 'reconnecting';
  return connections.some(({ status }) => status === 'on') ? 'connected' : 'idle';
}

function statusLine(status: TrayStatus, connected: number): string {
  const apis = connected === 1 ? '1 API connected' : `${connected} APIs connected`;
  switch (status) {
    case 'signed-out':
      return 'Signed out';
    case 'idle':
      return 'Signed in, nothing connected';
    case 'connected':
      return apis;
    case 'reconnecting':
      return 'Reconnecting…';
    case 'attention':
      return 'Needs your attention';
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
