import { de } from './de.ts';
import { en } from './en.ts';
import { makeTexts } from './make-texts.ts';

/** Id of a text of the app, client and main process. */
export type TextId = keyof typeof en;

/** Texts of the app, client and main process, in the present language; of no use at module scope, where none is known yet. */
export const text = makeTexts({ en, de });
