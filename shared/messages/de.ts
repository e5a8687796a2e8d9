import { app } from './de/app.ts';
import { settings } from './de/settings.ts';

/** German. */
export const de = { ...app, ...settings } as const;
