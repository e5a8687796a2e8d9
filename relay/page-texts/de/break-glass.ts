import type { Translation } from '../../../shared/messages/make-texts.ts';
import type { breakGlass as english } from '../en/break-glass.ts';

/** Emergency sign-in: its pages, and why one of them can’t go on. */
export const breakGlass = {
  'break-glass.warning':
    'Das ist für den Fall, dass die Anmeldung des Unternehmens ausfällt. Alle Verantwortlichen erfahren es sofort.',
  'break-glass.stopped': 'Hier geht es nicht weiter',
  'break-glass.stopped.failure':
    'Im Relay ist etwas schiefgegangen. Beginnen Sie in Causeway neu. Sein Log sagt unter {requestId} mehr.',

  'break-glass.sign-in': 'Notfall-Anmeldung bei {relay}',
  'break-glass.sign-in.button': 'Anmelden',
  'break-glass.sign-in.cancel': 'Abbrechen',
  'break-glass.passkey': 'Mit einem Passkey oder Sicherheitsschlüssel',
  'break-glass.passkey.button': 'Passkey oder Sicherheitsschlüssel verwenden',
  'break-glass.passkey.waits': 'Warten auf Ihren Passkey oder Sicherheitsschlüssel …',
  'break-glass.passkey.cancelled':
    'Der Passkey wurde nicht verwendet: Es wurde abgebrochen, er gehört nicht zu dieser Seite, oder es dauerte zu lange.',
  'break-glass.passkey.known': 'Dieser Passkey ist schon registriert. Verwenden Sie einen anderen.',
  'break-glass.passkey.none-here': 'Der Browser hat für diese Adresse keine Passkeys.',
  'break-glass.passkey.failed': 'Der Passkey lässt sich nicht verwenden:',
  'break-glass.passphrase': 'Mit einer Passphrase',
  'break-glass.passphrase.account': 'Konto',
  'break-glass.passphrase.label': 'Passphrase',
  'break-glass.passphrase.code': 'Einmalcode',

  'break-glass.approve': 'Eine Notfall-Anmeldung genehmigen',
  'break-glass.approve.text': 'Eine zweite Person genehmigt eine Notfall-Anmeldung, mit einem eigenen Konto.',
  'break-glass.approve.code': 'Code, den die Person sieht, die sich anmeldet',
  'break-glass.approve.button': 'Weiter',
  'break-glass.decide': 'Diese Person hineinlassen?',
  'break-glass.decide.who': 'Wer',
  'break-glass.decide.person': '{name} ({account})',
  'break-glass.decide.from': 'Von',
  'break-glass.decide.since': 'Seit',
  'break-glass.decide.time': '{time} UTC',
  'break-glass.decide.approve': 'Genehmigen',
  'break-glass.decide.refuse': 'Ablehnen',
  'break-glass.decided.approved': 'Genehmigt',
  'break-glass.decided.refused': 'Abgelehnt',
  'break-glass.decided.text': 'Sie können diese Seite schließen.',

  'break-glass.wait': 'Eine zweite Person ist nötig',
  'break-glass.wait.until': 'Eine andere Person mit einem Konto muss es bis {time} UTC genehmigen. Sie öffnet',
  'break-glass.wait.enter': 'auf einem beliebigen Gerät und gibt das ein:',
  'break-glass.wait.goes-on': 'Diese Seite geht von selbst weiter.',
  'break-glass.return': 'Zurück zu Causeway',
  'break-glass.return.link': 'Weiter in Causeway',

  'break-glass.enrol': 'Ein Notfall-Konto einrichten',
  'break-glass.enrol.passkey':
    'Damit registrieren Sie einen Passkey oder Sicherheitsschlüssel für das Notfall-Konto {account}. Bewahren Sie ihn so auf, dass Sie ihn haben, wenn die Anmeldung des Unternehmens ausfällt.',
  'break-glass.enrol.passkey-button': 'Passkey anlegen',
  'break-glass.enrol.passphrase':
    'Damit legen Sie die Passphrase und die Einmalcodes des Notfall-Kontos {account} fest.',
  'break-glass.enrol.step-1': '1. In Ihre Authenticator-App aufnehmen',
  'break-glass.enrol.key': 'oder diesen Schlüssel eingeben: {key}',
  'break-glass.enrol.step-2': '2. Eine Passphrase wählen',
  'break-glass.enrol.choose': 'Passphrase, mindestens {count, number} Zeichen',
  'break-glass.enrol.again': 'Noch einmal dieselbe',
  'break-glass.enrol.code': 'Einmalcode, den die App zeigt',
  'break-glass.enrol.button': 'Einrichten',
  'break-glass.enrolled': 'Eingerichtet',
  'break-glass.enrolled.text': 'Das Notfall-Konto {account} ist bereit. Sie können diese Seite schließen.',

  'break-glass.refused.nothing': 'Unter dieser Adresse hat das Relay nichts.',
  'break-glass.refused.network': 'Aus diesem Netzwerk ist keine Notfall-Anmeldung möglich.',
  'break-glass.refused.method': 'Diese Adresse nimmt nur GET und POST an.',
  'break-glass.refused.used': 'Diese Seite ist zu alt oder wurde schon verwendet. Beginnen Sie in Causeway neu.',
  'break-glass.refused.browser':
    'Diese Seite gehört zu einem anderen Browser oder zu einer früheren Anmeldung. Beginnen Sie in Causeway neu.',
  'break-glass.refused.site': 'Dieses Formular kommt von einer anderen Website. Beginnen Sie in Causeway neu.',
  'break-glass.refused.no-form': 'Das ist kein Formular.',
  'break-glass.refused.large': 'Das Formular ist zu groß.',
  'break-glass.refused.twice': 'Die Anfrage nennt „{name}“ mehrfach. Beginnen Sie in Causeway neu.',
  'break-glass.refused.value': '{name} der Anfrage ist nicht verwendbar. Beginnen Sie in Causeway neu.',
  'break-glass.refused.unrecorded':
    'Die Anmeldung lässt sich gerade nicht aufzeichnen, und unaufgezeichnet kommt niemand hinein. Versuchen Sie es gleich erneut.',
  'break-glass.refused.no-match':
    'Das passt nicht zusammen, oder das Konto ist nicht verwendbar. Versuchen Sie es erneut.',
  'break-glass.refused.wait-seconds':
    'Es gab zu viele falsche Antworten. Warten Sie {count, plural, one {# Sekunde} other {# Sekunden}} und beginnen Sie dann in Causeway neu.',
  'break-glass.refused.wait-minutes':
    'Es gab zu viele falsche Antworten. Warten Sie {count, plural, one {# Minute} other {# Minuten}} und beginnen Sie dann in Causeway neu.',
  'break-glass.refused.busy':
    'Zu viele versuchen es gleichzeitig. Warten Sie einen Moment und versuchen Sie es dann erneut.',
  'break-glass.refused.no-approval': 'Das muss niemand genehmigen. Beginnen Sie in Causeway neu.',
  'break-glass.refused.no-second': 'Dieses Relay verlangt keine zweite Person.',
  'break-glass.refused.no-code':
    'Keine Anmeldung wartet auf diesen Code. Fragen Sie nach dem, den die Seite jetzt zeigt.',
  'break-glass.refused.own': 'Das ist Ihre eigene Anmeldung. Eine andere Person muss sie genehmigen.',
  'break-glass.refused.one-person':
    'Nach den Links, über die Sie eingerichtet wurden, könnten Sie beide eine Person sein. Jemand anders muss es genehmigen.',
  'break-glass.refused.prove-first': 'Weisen Sie zuerst nach, wer Sie sind.',
  'break-glass.refused.ended': 'Die Anmeldung ist inzwischen beendet.',
  'break-glass.refused.spent-link':
    'Dieser Link wurde verwendet, ist zu alt oder gehört nicht zu diesem Relay. Fragen Sie nach einem neuen.',
  'break-glass.refused.most-passkeys':
    'Das Konto hat schon {count, plural, one {# Passkey} other {# Passkeys}}. Lassen Sie zuerst einen entfernen.',
  'break-glass.refused.passkey': 'Dieser Passkey ist nicht verwendbar. Versuchen Sie es erneut oder mit einem anderen.',
  'break-glass.refused.weak': 'Wählen Sie eine andere Passphrase. {why}',
  'break-glass.refused.differ': 'Die beiden Passphrasen sind verschieden.',
  'break-glass.refused.code': 'Der Einmalcode ist falsch. Geht die Uhr des Geräts richtig?',

  'break-glass.weak.short': 'Sie muss mindestens {count, number} Zeichen haben.',
  'break-glass.weak.long': 'Sie ist zu lang.',
  'break-glass.weak.few': 'Sie hat zu wenige verschiedene Zeichen.',
  'break-glass.weak.account': 'Sie darf den Namen des Kontos nicht enthalten.',
  'break-glass.weak.repeats': 'Sie wiederholt sich.',
  'break-glass.weak.known': 'Sie ist eine, die alle kennen.',
} as const satisfies Translation<typeof english>;
