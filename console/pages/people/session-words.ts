import { quotedText, shownText } from '../../../shared/shown-text.ts';
import type { ListedLock, Lock, Session } from '../../api/admin-api.ts';

/** What its person calls the device, with what its client does, or else that alone. */
export function deviceName({ device, chosenName }: Pick<Session, 'device' | 'chosenName'>): string {
  const own = shownText(device.name).trim();
  if (chosenName !== null) return own === '' ? chosenName : `${chosenName} (${own})`;
  return own || 'A device without a name';
}

/** System and app of a session: `Windows 11, Causeway 0.1.0`. */
export function deviceFacts({ device: { system, appVersion } }: Pick<Session, 'device'>): string {
  return [shownText(system).trim(), `Causeway ${shownText(appVersion)}`].filter((text) => text !== '').join(', ');
}

/** What a client says of its computer, which nobody has verified: `asset: "PC-4711", managed: "yes"`; null for nothing. */
export function deviceAttributes({ device: { attributes = {} } }: Pick<Session, 'device'>): string | null {
  const facts = Object.entries(attributes).map(
    ([name, value]) => `${attributeName(name)}: ${quotedText(value.trim())}`,
  );
  return facts.length === 0 ? null : facts.join(', ');
}

function attributeName(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : quotedText(name);
}

/** Names with the time of the last use, last used first. */
export function byTime(seen: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(seen)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name]) => name);
}

/** How a session is: ended, connected, or signed in without a tunnel. */
export function standingOf({ ended, openTunnels }: Pick<Session, 'ended' | 'openTunnels'>): {
  readonly words: string;
  readonly tone: 'ok' | 'quiet' | 'bad';
} {
  if (ended !== null) return { words: 'ended', tone: 'bad' };
  return openTunnels > 0 ? { words: 'connected', tone: 'ok' } : { words: 'signed in', tone: 'quiet' };
}

/** What a lock of the list is on: a person by the name that sessions know, with what the lock itself goes by. */
export function listedLockWords(lock: Pick<ListedLock, 'target' | 'username'>): string {
  const { target, username } = lock;
  if (target.type !== 'person' || username === null) return lockWords(lock);
  return lockWords(lock, `The person “${shownText(username)}” (${target.who})`);
}

/** Where a lock doesn’t count for some: `The network 192.0.2.0/24: relay-b lets in 192.0.2.7`. */
export function sparedWords({ sparedAt, ...lock }: ListedLock): string {
  return `${lockWords(lock)}: ${sparedAt.map(({ relay, addresses }) => `${relay} lets in ${addresses.join(', ')}`).join('; ')}`;
}

/** What a lock is on, in words; `person` is the name of whom it is looked at for. */
export function lockWords({ target }: Pick<Lock, 'target'>, person?: string): string {
  switch (target.type) {
    case 'everything':
      return 'Everything';
    case 'person':
      return person ?? `The person “${target.who}”`;
    case 'group':
      return `The group “${target.group}”`;
    case 'device':
      return `The device “${target.device}”`;
    case 'api':
      return `The API “${target.api}”`;
    case 'address':
      return `The ${target.network.includes('/') ? 'network' : 'address'} ${target.network}`;
    case 'session':
      return `The session “${target.session}”`;
  }
}
