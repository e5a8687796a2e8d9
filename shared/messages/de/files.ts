import type { Translation } from '../make-texts.ts';
import type { files as english } from '../en/files.ts';

/** Logs and crash files, in Settings. */
export const files = {
  'files.logs': 'Protokolle',
  'files.logs.text': 'Was der App aufgefallen ist, ohne Geheimnisse, höchstens ein paar Megabyte: {folder}',
  'files.logs.copy': 'Ordner der Protokolle kopieren',
  'files.crashes': 'Absturzdateien',
  'files.crashes.none': 'Keine aus den letzten zwei Wochen. Die App sendet Absturzdateien nirgendwohin.',
  'files.crashes.text':
    '{count, plural, one {# Datei} other {# Dateien}} aus den letzten zwei Wochen, die neueste von {time}. Sie bleiben auf diesem Computer und können Teile des Speichers der App enthalten: {folder}',
  'files.crashes.copy': 'Ordner der Absturzdateien kopieren',
} as const satisfies Translation<typeof english>;
