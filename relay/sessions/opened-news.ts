import { personKey } from '../identity/person-key.ts';
import type { SessionRecord } from './session-record.ts';

/** Calls back for the sessions that some relay was the first to tell of, from now on, those of one look together. */
export type FollowOpened = (onOpened: (sessions: readonly SessionRecord[]) => void) => { close(): void };

/** Who hears of what people have opened, where relays share their sessions. */
export interface OpenedNews {
  /** A person, as `personKey` names them, has a session that this process knew nothing of. */
  onOpenedElsewhere(person: string, session: string): void;
  /** A session was opened at some relay, this one or another. */
  onOpened(session: SessionRecord): void;
}

/**
 * Passes on what people have opened; what is elsewhere once for each person, however much it is. Services come and go, and
 * nobody is told.
 */
export function tellOpened(
  isOpenHere: (session: string) => boolean,
  news: OpenedNews,
): (sessions: readonly SessionRecord[]) => void {
  return (all) => {
    const sessions = all.filter(({ kind }) => kind !== 'service');
    for (const session of sessions) news.onOpened(session);
    const elsewhere = sessions.filter(({ id }) => !isOpenHere(id));
    const byPerson = new Map(elsewhere.map((session) => [personKey(session), session.id]));
    for (const [person, session] of byPerson) news.onOpenedElsewhere(person, session);
  };
}
