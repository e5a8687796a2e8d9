import type { Catalog, ShownLock } from '../../shared/catalog.ts';
import type { Disclosure, Lock, LockTarget } from './lock.ts';

/** What shuts one caller out now. */
export interface LocksOfCaller {
  /** Of all APIs; null when nothing does. */
  readonly whole: Lock | null;
  /** Of single APIs, by id. */
  readonly byApi: ReadonlyMap<string, Lock>;
}

/** The locks in force that matter to somebody of whom `whole` is the one that shuts them out of everything. */
export function locksOfCaller(whole: Lock | null, inForce: readonly Lock[]): LocksOfCaller {
  const byApi = new Map<string, Lock>();
  for (const lock of inForce) if (lock.target.type === 'api') byApi.set(lock.target.api, lock);
  return { whole, byApi };
}

/** Tells one set of locks from another. */
export function locksSignature({ whole, byApi }: LocksOfCaller): string {
  return [whole?.id ?? '', ...[...byApi.values()].map(({ id }) => id)].join(' ');
}

/** The catalog with the locks on what it lists; the same object when there are none. */
export function showLocks(catalog: Catalog, { whole, byApi }: LocksOfCaller, disclose: Disclosure): Catalog {
  if (whole === null && !catalog.apis.some(({ id }) => byApi.has(id))) return catalog;
  return {
    ...catalog,
    apis: catalog.apis.map((entry) => {
      const lock = whole ?? byApi.get(entry.id);
      return lock === undefined ? entry : { ...entry, lock: shownLock(lock, disclose) };
    }),
  };
}

/** Clients from before know no lock on a network; what they say of a device comes nearest. */
function shownTarget({ type }: LockTarget): Pick<ShownLock, 'on' | 'network'> {
  if (type === 'address') return { on: 'device', network: true };
  return { on: type === 'sign-in' ? 'session' : type };
}

function shownLock({ target, reason, untilMs }: Lock, disclose: Disclosure): ShownLock {
  return {
    ...shownTarget(target),
    ...(target.type === 'group' && disclose === 'full' ? { group: target.group } : {}),
    ...(disclose === 'full' ? { reason } : {}),
    untilMs,
  };
}
