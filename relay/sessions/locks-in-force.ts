import type { Identity } from '../identity/identity.ts';
import { addressLocks } from './address-locks.ts';
import { isInForce, type Lock, type LockTarget } from './lock.ts';
import { bindingOf, type SessionDevice, sessionIdOf, type SignInIdentity } from './session-identity.ts';

/** Who is looked up among the locks. */
export interface LockedCaller {
  readonly identity: SignInIdentity &
    Pick<Identity, 'username' | 'groups'> &
    Partial<Pick<Identity, 'email' | 'issuedAtMs'>>;
  /** Null when it isn't known: locks of devices then don't count. */
  readonly device: SessionDevice | null;
  /** Id of the tunnel, by which the audit names a session. */
  readonly tunnelId?: string;
  /** Where it comes from; locks on addresses don't count without it. */
  readonly address?: string;
}

/** Locks of this moment, found by what they are on. Lookups cost as much as the caller has groups. */
export interface LocksInForce {
  put(locks: readonly Lock[]): void;
  /** The lock that shuts the caller out of an API, or, with null, out of all of them; null when none does. */
  of(caller: LockedCaller, api: string | null): Lock | null;
  /** The lock on an address, or on the network that it is of; null when there is none. */
  ofAddress(address: string): Lock | null;
  /** How the caller's sign-in was ended before its time; null when it wasn't. */
  endOf(caller: LockedCaller): Lock | null;
  /** When the next of them ends, milliseconds since the epoch; Infinity without one. */
  nextEndMs(): number;
  readonly all: readonly Lock[];
}

/** Whether a lock on an address doesn’t count for a caller from there. */
export type IsSpared = (lock: Lock, address: string) => boolean;

/** @param isSpared tells for whom a lock on an address doesn’t count here, by this relay’s own config */
export function locksInForce(now: () => number, isSpared: IsSpared = () => false): LocksInForce {
  let all: readonly Lock[] = [];
  let byKey = new Map<string, Lock[]>();
  let onAddress = addressLocks(all);
  let nextEndMs = Infinity;

  const find = (key: string, fits: (lock: Lock) => boolean = () => true): Lock | undefined =>
    byKey.get(key)?.find((lock) => isInForce(lock, now()) && fits(lock));

  const ofAddress = (address: string): Lock | null =>
    onAddress(address).find((lock) => isInForce(lock, now()) && !isSpared(lock, address)) ?? null;

  return {
    get all() {
      return all;
    },
    put(locks) {
      all = locks.filter((lock) => isInForce(lock, now()));
      byKey = new Map();
      onAddress = addressLocks(all);
      for (const lock of all) {
        const key = keyOf(lock.target);
        const others = byKey.get(key);
        if (others === undefined) byKey.set(key, [lock]);
        else others.push(lock);
      }
      nextEndMs = Math.min(Infinity, ...all.map(({ untilMs }) => untilMs ?? Infinity));
    },
    ofAddress,
    of({ identity, device, tunnelId, address }, api) {
      if (byKey.size === 0) return null;
      const isOfIssuer = ({ target }: Lock): boolean => isOnPerson(target, identity);
      const session = sessionIdOf(identity, device);
      return (
        find('everything') ??
        (address === undefined ? null : ofAddress(address)) ??
        first(namesOf(identity), (name) => find(`person ${name}`, isOfIssuer)) ??
        first([session, tunnelId], (id) => (id === null || id === undefined ? undefined : find(`session ${id}`))) ??
        first(device === null ? [] : [device.id, device.name], (name) =>
          name === undefined ? undefined : find(`device ${foldedName(name)}`),
        ) ??
        first(identity.groups, (group) => find(`group ${group}`)) ??
        (api === null ? undefined : find(`api ${api}`)) ??
        null
      );
    },
    endOf({ identity, device }) {
      if (byKey.size === 0) return null;
      const session = sessionIdOf(identity, device);
      if (session === null) return null;
      // A key is new with each sign-in; elsewhere only its time tells a token of the next one.
      const isForGood = bindingOf(identity) === 'key';
      const { issuedAtMs } = identity;
      const counts = ({ createdAtMs }: Lock): boolean =>
        isForGood || issuedAtMs === undefined || issuedAtMs <= createdAtMs;
      return find(`sign-in ${session}`, counts) ?? null;
    },
    nextEndMs: () => nextEndMs,
  };
}

function keyOf(target: LockTarget): string {
  switch (target.type) {
    case 'person':
      return `person ${foldedName(target.who)}`;
    case 'session':
    case 'sign-in':
      return `${target.type} ${target.session}`;
    case 'device':
      return `device ${foldedName(target.device)}`;
    case 'group':
      return `group ${target.group}`;
    case 'api':
      return `api ${target.api}`;
    case 'address':
      return `address ${target.network}`;
    case 'everything':
      return 'everything';
  }
}

/** Whether a lock is on this person. */
export function isOnPerson(target: LockTarget, person: Person): boolean {
  if (target.type !== 'person' || (target.issuer !== null && target.issuer !== person.issuer)) return false;
  return namesOf(person).includes(foldedName(target.who));
}

type Person = Pick<Identity, 'issuer' | 'subject' | 'username'> & Partial<Pick<Identity, 'email'>>;

/** The names that a person can be meant by. A lock in other letters must not leave a person in. */
function namesOf({ subject, username, email }: Person): readonly string[] {
  return [subject, username, ...(email === undefined ? [] : [email])].map(foldedName);
}

/** Names in different letter case are the same to a lock. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function first<Item>(items: readonly Item[], find: (item: Item) => Lock | undefined): Lock | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
