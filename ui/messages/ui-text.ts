import { makeTexts } from '../../shared/messages/make-texts.ts';
import { de } from './de.ts';
import { en } from './en.ts';

/** Texts of the primitives, in the present language. */
export const uiText = makeTexts({ en, de });
