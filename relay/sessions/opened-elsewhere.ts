import { personKey } from '../identity/person-key.ts';
import type { SessionRecord } from './session-record.ts';

/** Calls back for each session that some relay was the first to tell of, from now on. */
export type FollowOpened = (onOpened: (session: SessionRecord) => void) => { close(): void };

/** A person, as `personKey` names them, has a session that this process knew nothing of. */
export type OnOpenedElsewhere = (person: string, session: string) => void;

/** Passes on what people have opened elsewhere. Services come and go, and nobody is told. */
export function openedElsewhere(
  isOpenHere: (session: string) => boolean,
  onOpenedElsewhere: OnOpenedElsewhere,
): (session: SessionRecord) => void {
  return (session) => {
    if (session.kind !== 'service' && !isOpenHere(session.id)) onOpenedElsewhere(personKey(session), session.id);
  };
}
