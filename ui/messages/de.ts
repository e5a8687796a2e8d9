import type { Translation } from '../../shared/messages/make-texts.ts';
import type { en } from './en.ts';

/** German of the primitives, numbers and times. */
export const de = {
  'ui.copied': 'Kopiert',
  'ui.cancel': 'Abbrechen',
  'ui.close': 'Schließen',
  'ui.clear-search': 'Suche löschen',
  'ui.notice': 'Meldung',
  'ui.notice.close': 'Meldung schließen',
  'ui.notices': 'Meldungen ({hotkey})',
  'ui.details': 'Details',
  'ui.details.copy': 'Details kopieren',
  'ui.span.seconds': '{n, number} Sek.',
  'ui.span.minutes': '{n, number} Min.',
  'ui.span.hours': '{n, number} Std.',
  'ui.span.days': '{n, plural, one {# Tag} other {# Tagen}}',
  'ui.now': 'gerade eben',
  'ui.ago': 'vor {span}',
  'ui.ahead': 'in {span}',
  'ui.milliseconds': '{n, number} ms',
  'ui.milliseconds.few': '<1 ms',
  'ui.seconds': '{n, number, ::.0} s',
  'ui.rate': '{n, number, ::.#} Anfr./s',
  'ui.bytes': '{n, number} B',
  'ui.bytes.k': '{n, number, ::.0} kB',
  'ui.bytes.m': '{n, number, ::.0} MB',
  'ui.bytes.g': '{n, number, ::.0} GB',
  'ui.bytes.t': '{n, number, ::.0} TB',
  'ui.join.and': '{first} und {last}',
  'ui.join.or': '{first} oder {last}',
} as const satisfies Translation<typeof en>;
