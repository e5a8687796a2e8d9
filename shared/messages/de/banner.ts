import type { Translation } from '../make-texts.ts';
import type { banner as english } from '../en/banner.ts';

/** The one message at the top. */
export const banner = {
  'banner.label': 'Hinweis',
  'banner.not-now': 'Nicht jetzt',
  'banner.trying': 'neuer Versuch läuft',
  'banner.next-try': 'nächster Versuch in {span}',
  'banner.sign-in': 'Erneut anmelden',
  'banner.waiting': 'Schließen Sie die Anmeldung im Browser ab',
  'banner.waiting.text': 'Ihre Verbindungen sind danach von selbst wieder da.',
  'banner.ended': '{detail} Das war {time}.',
  'banner.try-now': 'Jetzt versuchen',
  'banner.look': 'Ansehen',
  'banner.step-up': 'Erneut anmelden für {api}',
  'banner.step-up-waiting': 'Schließen Sie die erneute Anmeldung im Browser ab',
  'banner.step-up-waiting.text': 'Ihre Verbindungen bleiben bestehen.',
  'banner.gateway': 'Adressen mit Namen funktionieren nicht',
  'banner.change-port': 'Port ändern',
  'banner.catalog': 'Die Liste der APIs ist möglicherweise veraltet',
  'banner.update': 'Causeway {version} wird empfohlen',
  'banner.update.yours': 'Sie haben {version}.',
  'banner.update.ask': 'Fragen Sie die IT, wo Sie es bekommen.',
  'banner.got-it': 'Verstanden',
  'banner.memory': 'Dieses System bietet keinen verschlüsselten Speicher',
  'banner.memory.text': 'Sie bleiben nur angemeldet, bis Causeway beendet wird.',
} as const satisfies Translation<typeof english>;
