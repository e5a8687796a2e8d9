import { personKey } from '../identity/person-key.ts';
import type { SessionRecord } from './session-record.ts';

/** Calls back for each session that some relay was the first to tell of, from now on. */
export type FollowOpened = (onOpened: (session: SessionRecord) => void) => { close(): void };

/** Who hears of what people have opened, where relays share their sessions. */
export interface OpenedNews {
  /** A person, as `personKey` names them, has a session that this process knew nothing of. */
  onOpenedElsewhere(person: string, session: string): void;
  /** A session was opened at some relay, this one or another. */
  onOpened(session: SessionRecord): void;
}

/** Passes on what people have opened. Services come and go, and nobody is told. */
export function tellOpened(
  isOpenHere: (session: string) => boolean,
  news: OpenedNews,
): (session: SessionRecord) => void {
  return (session) => {
    if (session.kind === 'service') return;
    news.onOpened(session);
    if (!isOpenHere(session.id)) news.onOpenedElsewhere(personKey(session), session.id);
  };
}
