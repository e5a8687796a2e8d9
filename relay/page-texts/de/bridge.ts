import type { Translation } from '../../../shared/messages/make-texts.ts';
import type { bridge as english } from '../en/bridge.ts';

/** Sign-in with SAML: the bridge’s pages, and why one of them can’t go on. */
export const bridge = {
  'bridge.signing-in': 'Anmeldung',
  'bridge.signing-in.text': 'Die Anmeldeseite Ihres Unternehmens öffnet sich.',
  'bridge.signing-in.button': 'Weiter',
  'bridge.signing-out': 'Abmeldung',
  'bridge.signing-out.text': 'Einen Moment.',
  'bridge.signing-out.button': 'Abmelden',
  'bridge.signed-out': 'Abgemeldet',
  'bridge.signed-out.text': 'Sie sind abgemeldet. Sie können diese Seite schließen.',
  'bridge.signed-out.too': 'Sie sind auch von Causeway abgemeldet.',

  'bridge.stopped': 'Diese Anmeldung geht nicht weiter',
  'bridge.stopped.failure':
    'Im Relay ist etwas schiefgegangen. Beginnen Sie in der App neu. Sein Log sagt unter {requestId} mehr.',
  'bridge.stopped.token-rejected':
    'Beginnen Sie in der App neu. Schlägt es wieder fehl, zeigen Sie der IT, was unten steht.',
  'bridge.stopped.unavailable': 'Versuchen Sie es gleich erneut. Hält es an, zeigen Sie der IT, was unten steht.',
  'bridge.stopped.misfit':
    'Anmeldedienst und Relay sind nicht füreinander eingerichtet. Zeigen Sie der IT, was unten steht.',

  'bridge.refused.old':
    'Diese Anmeldeseite ist zu alt oder wurde in einem anderen Browser geöffnet. Beginnen Sie in der App neu.',
  'bridge.refused.other': 'Diese Anmeldeseite gehört zu einer anderen Anmeldung. Beginnen Sie in der App neu.',
  'bridge.refused.used':
    'Diese Antwort gehört zu einer anderen Anmeldung oder wurde schon verwendet. Beginnen Sie in der App neu.',
  'bridge.refused.unasked':
    'Die Antwort gehört zu keiner laufenden Anmeldung (RelayState): Sie kommt ein zweites Mal oder zu spät oder wurde beim Anmeldedienst begonnen. Beginnen Sie in Causeway.',
  'bridge.refused.direct': 'Öffnen Sie diese Adresse nur von einer Seite des Anmeldedienstes aus.',
  'bridge.refused.no-sign-out': 'Die Antwort gehört zu keiner laufenden Abmeldung.',
  'bridge.refused.sign-out-twice': 'Die Abmeldung wird ein zweites Mal verlangt.',
} as const satisfies Translation<typeof english>;
