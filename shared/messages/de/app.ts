import type { Translation } from '../make-texts.ts';
import type { app as english } from '../en/app.ts';

export const app = {
  'app.loading': 'Wird geladen',
  'app.try-again': 'Erneut versuchen',
  'app.pop-ups': 'Eingeblendete Fenster',
} as const satisfies Translation<typeof english>;
