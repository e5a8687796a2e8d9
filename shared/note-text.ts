import type { ShownRequest } from './access-request.ts';
import { saidByRelay } from './reason-text.ts';
import { shownText } from './shown-text.ts';

/** What was said when a request was decided or its grant ended early, in the present language where the relay itself said it. */
export function noteText({ note, noteReasons }: Pick<ShownRequest, 'note' | 'noteReasons'>): string | null {
  return note === undefined ? null : shownText(saidByRelay(note, noteReasons));
}
