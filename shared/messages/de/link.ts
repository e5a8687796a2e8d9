import type { Translation } from '../make-texts.ts';
import type { link as english } from '../en/link.ts';

/** The question whether other programs of the person, such as the command line, may use the app. */
export const link = {
  'link.question': 'Darf die Befehlszeile Causeway benutzen?',
  'link.detail':
    'Eines Ihrer Programme möchte das: {program}.\n\nEs könnte Ihre APIs, Anfragen und Sitzungen sehen, APIs ein- und ausschalten, Sitzungen beenden und in Ihrem Namen Zugriff beantragen oder über Anträge entscheiden. Ihre Anmeldung und Schlüssel bekommt es nie.\n\nErlauben Sie es, wenn Sie gerade den Befehl „causeway“ benutzt haben. In den Einstellungen können Sie das ändern.',
  'link.program': '{called} ({path}, Prozess {pid})',
  'link.yes': 'Erlauben',
  'link.no': 'Nicht erlauben',
} as const satisfies Translation<typeof english>;
