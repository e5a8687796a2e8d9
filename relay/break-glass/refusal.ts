import { inLocale } from '../../shared/messages/language.ts';
import { pageText, type Sentence } from '../page-texts/page-text.ts';

/**
 * A request that goes no further, with what the person is shown: its `sentence` in the reader’s language, its message in
 * English. Told apart from failures by its class.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly sentence: Sentence;
  readonly headers: Readonly<Record<string, string>>;

  /** @param sentence a whole one, for the person */
  constructor(status: number, sentence: Sentence, headers: Readonly<Record<string, string>> = {}) {
    super(inLocale('en', sentence));
    this.status = status;
    this.sentence = sentence;
    this.headers = headers;
  }
}

/** A page that was left, used or is of another time. */
export function usedPage(): Refusal {
  return new Refusal(400, () => pageText('break-glass.refused.used'));
}
