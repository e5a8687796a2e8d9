import type { Translation } from '../make-texts.ts';
import type { announce as english } from '../en/announce.ts';

/** What screen readers say when the state changes. */
export const announce = {
  'announce.signed-in': 'Bei {relay} angemeldet',
  'announce.sign-in-ended': 'Ihre Anmeldung bei {relay} ist beendet',
  'announce.online': '{relay} ist online',
  'announce.reconnecting': 'Verbindung zu {relay} wird wiederhergestellt',
  'announce.api.on': '{api} ist eingeschaltet: {address}',
  'announce.api.off': '{api} ist ausgeschaltet',
  'announce.api.failed': '{api} konnte nicht eingeschaltet werden: {problem}',
  'announce.apis.on': '{count, plural, one {# API ist eingeschaltet} other {# APIs sind eingeschaltet}}',
  'announce.apis.off': '{count, plural, one {# API ist ausgeschaltet} other {# APIs sind ausgeschaltet}}',
  'announce.apis.failed':
    '{count, plural, one {# API konnte nicht eingeschaltet werden} other {# APIs konnten nicht eingeschaltet werden}}',
} as const satisfies Translation<typeof english>;
