import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { inLocale } from '../../shared/messages/language.ts';
import type { Sentence } from './page-text.ts';

/** A failure that a person reads about on a page: records and logs have it in English, the page in the reader’s language. */
export class PageError extends AccessError {
  readonly sentence: Sentence;

  constructor(code: ErrorCode, sentence: Sentence, cause?: unknown) {
    super(code, inLocale('en', sentence), cause === undefined ? {} : { cause });
    this.sentence = sentence;
  }
}
