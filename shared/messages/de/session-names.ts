import type { Translation } from '../make-texts.ts';
import type { sessionNames as english } from '../en/session-names.ts';

/** What the person calls their devices. */
export const sessionNames = {
  'session-names.rename': 'Umbenennen',
  'session-names.rename.of': '{name} umbenennen',
  'session-names.field': 'Neuer Name für {name}',
  'session-names.hint': 'Sie und die IT sehen diesen Namen. Leer heißt das Gerät wieder wie von selbst: {name}',
  'session-names.wrong': 'Ein Name hat höchstens 100 Zeichen und keine, die die Darstellung steuern.',
  'session-names.saved': 'Das Gerät heißt jetzt {name}',
  'session-names.saved.text': 'Sie und die IT sehen diesen Namen.',
  'session-names.own': 'Nennt sich selbst {name}',
} as const satisfies Translation<typeof english>;
