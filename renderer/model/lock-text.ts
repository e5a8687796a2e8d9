import type { Catalog, ShownLock } from '../../shared/catalog.ts';
import { formatAbsolute } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';

/** Whom a lock shuts out, in a few words: `Locked by IT for everybody`. */
export function lockTitle({ on, network, group }: ShownLock): string {
  switch (on) {
    case 'everything':
    case 'api':
      return text('locks.everybody');
    case 'group':
      return group === undefined ? text('locks.a-group') : text('locks.group', { group });
    case 'person':
      return text('locks.person');
    case 'device':
      return text(network === true ? 'locks.network' : 'locks.device');
    case 'session':
      return text('locks.session');
  }
}

/** The lock in a line: whom it is on and, where it is told, why. */
export function lockLine(lock: ShownLock): string {
  return lock.reason === undefined
    ? lockTitle(lock)
    : text('locks.line', { lock: lockTitle(lock), reason: lock.reason });
}

/** When it ends: `until 29 Nov 2026, 14:00:00`, or `until IT takes the lock away`. */
export function lockEnd({ untilMs }: ShownLock): string {
  return untilMs === null ? text('locks.until-open') : text('locks.until', { time: formatAbsolute(untilMs) });
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
  const reason = lock.reason ?? text('locks.locked');
  return {
    key: 'locked',
    tone: 'danger',
    title: lockTitle(lock),
    text: text('locks.banner', { reason, until: lockEnd(lock) }),
    action: null,
    countdownToMs: null,
  };
}
