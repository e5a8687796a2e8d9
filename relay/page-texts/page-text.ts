import { makeTexts } from '../../shared/messages/make-texts.ts';
import { breakGlass as breakGlassDe } from './de/break-glass.ts';
import { bridge as bridgeDe } from './de/bridge.ts';
import { consoleSignIn as consoleDe } from './de/console.ts';
import { breakGlass } from './en/break-glass.ts';
import { bridge } from './en/bridge.ts';
import { consoleSignIn } from './en/console.ts';

/** English of the relay’s own pages, the language that the ids and their arguments are taken from. */
export const pagesEn = { ...breakGlass, ...bridge, ...consoleSignIn } as const;
/** German. */
export const pagesDe = { ...breakGlassDe, ...bridgeDe, ...consoleDe } as const;

/** Texts of the pages that the relay itself shows; made while a page is, in the language of its reader. */
export const pageText = makeTexts({ en: pagesEn, de: pagesDe });

/** A sentence for a page, made once it is known who reads it. */
export type Sentence = () => string;
