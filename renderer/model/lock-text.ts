import type { Catalog, ShownLock } from '../../shared/catalog.ts';
import { formatAbsolute } from '../../ui/model/format.ts';

/** Whom a lock shuts out, in a few words: `Locked by IT for everybody`. */
export function lockTitle({ on, group }: ShownLock): string {
  switch (on) {
    case 'everything':
    case 'api':
      return 'Locked by IT for everybody';
    case 'group':
      return group === undefined ? 'Locked by IT for one of your groups' : `Locked by IT for the group ${group}`;
    case 'person':
      return 'Locked by IT for you';
    case 'device':
      return 'Locked by IT on this device';
    case 'session':
      return 'Locked by IT for this sign-in';
  }
}

/** The lock in a line: whom it is on and, where it is told, why. */
export function lockLine(lock: ShownLock): string {
  return lock.reason === undefined ? lockTitle(lock) : `${lockTitle(lock)}: ${lock.reason}`;
}

/** When it ends: `until 29 Nov 2026, 14:00:00`, or `until IT takes the lock away`. */
export function lockEnd({ untilMs }: ShownLock): string {
  return untilMs === null ? 'until IT takes the lock away' : `until ${formatAbsolute(untilMs)}`;
}

/** What to say at the top while everything that is listed is locked alike; null when it isn't. */
export function lockBanner(catalog: Catalog | null): {
  readonly key: string;
  readonly tone: 'danger';
  readonly title: string;
  readonly text: string;
  readonly action: null;
  readonly countdownToMs: null;
} | null {
  const lock = catalog?.apis[0]?.lock;
  if (catalog === null || lock === undefined || lock.on === 'api') return null;
  const reason = lock.reason === undefined ? 'Locked' : lock.reason;
  return {
    key: 'locked',
    tone: 'danger',
    title: lockTitle(lock),
    text: `${reason}, ${lockEnd(lock)}.`,
    action: null,
    countdownToMs: null,
  };
}
