import type { Translation } from '../make-texts.ts';
import type { stepUp as english } from '../en/step-up.ts';

/** A fresh or stronger sign-in that a rule asks for. */
export const stepUp = {
  'step-up.in-browser': 'Schließen Sie sie im Browser ab. Ihre Verbindungen bleiben bestehen.',
  'step-up.now': 'Jetzt erneut anmelden',
  'step-up.last': 'Ihre letzte war {time}.',
  'step-up.need.write': 'Schreiben erfordert {demand}.',
  'step-up.badge.write': 'Erneut anmelden zum Schreiben',
  'step-up.need.everything': 'Jede Anfrage erfordert {demand}.',
  'step-up.badge.everything': 'Erneut anmelden zum Nutzen',
  'step-up.need.part': 'Ein Teil davon erfordert {demand}.',
  'step-up.badge.part': 'Erneut anmelden für einen Teil',
} as const satisfies Translation<typeof english>;
