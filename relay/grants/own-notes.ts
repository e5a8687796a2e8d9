import { reason, type Reason } from '../../shared/reason.ts';
import { erasedText } from '../audit/erased-text.ts';

/** What stands with a grant that its person gave up. */
export const givenUpNote = 'Given up by the person.';

const lockedPrefix = 'Locked: ';

/** What stands with a grant of a person whom an administrator has locked, for `why`. */
export function lockedNote(why: string): string {
  return `${lockedPrefix}${why}`;
}

/**
 * What a note says as codes, where the relay itself has written it. Notes are kept as texts, which older relays read,
 * too; who writes the same words means the same.
 */
export function noteReasons(note: string | undefined): readonly Reason[] | undefined {
  if (note === givenUpNote) return [reason('grant-given-up')];
  if (note === erasedText) return [reason('words-erased')];
  return note?.startsWith(lockedPrefix) === true
    ? [reason('grant-locked', { why: note.slice(lockedPrefix.length) })]
    : undefined;
}
