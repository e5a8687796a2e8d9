import { app } from './en/app.ts';
import { settings } from './en/settings.ts';

/** English, the language that the ids and their arguments are taken from. */
export const en = { ...app, ...settings } as const;
