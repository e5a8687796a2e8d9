import type { OwnSession } from '../../shared/own-session.ts';

/** The person's sign-ins on one device, as one. */
export interface DeviceSessions {
  /** The one by which the device is called and described: that with a name of the person's, else the last used. */
  readonly lead: OwnSession;
  /** Last used first, with the lead among them. */
  readonly sessions: readonly OwnSession[];
  readonly sinceMs: number;
  readonly lastUsedAtMs: number;
  /** Last first. */
  readonly addresses: readonly string[];
  /** Last used first. */
  readonly apis: readonly string[];
  readonly isConnected: boolean;
}

/** The sessions as the screen shows them. */
export interface SplitSessions {
  /** This app's own, if it can be told. */
  readonly own: OwnSession | null;
  /** Other sign-ins of this app on this device that still go on; last used first. */
  readonly earlier: readonly OwnSession[];
  /** By device, connected and last used ones first. */
  readonly others: readonly DeviceSessions[];
}

/** Sorts a person's sessions by device, as the relay tells devices apart: never by their names. Pure. */
export function splitSessions(sessions: readonly OwnSession[]): SplitSessions {
  const own = sessions.find(({ current }) => current) ?? null;
  const rest = sessions
    .filter(({ current }) => !current)
    .toSorted((one, other) => other.lastUsedAtMs - one.lastUsedAtMs);
  const isEarlier = ({ device }: OwnSession): boolean => own?.device.id !== undefined && device.id === own.device.id;
  const byDevice = Map.groupBy(
    rest.filter((session) => !isEarlier(session)),
    ({ id, device }) => (device.id === undefined ? `session ${id}` : `device ${device.id}`),
  );
  const others = [...byDevice.values()].map(asOne).toSorted(connectedFirst);
  return { own, earlier: rest.filter(isEarlier), others };
}

/** How many sessions are neither this app's own nor over. */
export function countOthers({ earlier, others }: SplitSessions): number {
  return earlier.length + others.reduce((sum, { sessions }) => sum + sessions.length, 0);
}

/** @param sessions of one device, last used first, at least one */
function asOne(sessions: readonly OwnSession[]): DeviceSessions {
  const lead = sessions.find(({ device }) => device.ownName !== undefined) ?? (sessions[0] as OwnSession);
  return {
    lead,
    sessions,
    sinceMs: Math.min(...sessions.map(({ sinceMs }) => sinceMs)),
    lastUsedAtMs: Math.max(...sessions.map(({ lastUsedAtMs }) => lastUsedAtMs)),
    addresses: [...new Set(sessions.flatMap(({ addresses }) => addresses))],
    apis: [...new Set(sessions.flatMap(({ apis }) => apis))],
    isConnected: sessions.some(({ openTunnels }) => openTunnels > 0),
  };
}

function connectedFirst(one: DeviceSessions, other: DeviceSessions): number {
  return Number(other.isConnected) - Number(one.isConnected) || other.lastUsedAtMs - one.lastUsedAtMs;
}
