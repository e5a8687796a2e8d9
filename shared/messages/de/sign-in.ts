import type { Translation } from '../make-texts.ts';
import type { signIn as english } from '../en/sign-in.ts';

/** Sign-in, from the relay’s address to the browser and back. */
export const signIn = {
  'sign-in.emergency.offer': 'Funktioniert die Firmenanmeldung nicht?',
  'sign-in.emergency': 'Notfallanmeldung',
  'sign-in.emergency.text':
    'Nur für den Fall, dass die Firmenanmeldung ausgefallen ist. Alle Verantwortlichen werden sofort benachrichtigt. Sie brauchen ein zuvor eingerichtetes Notfallkonto.',
  'sign-in.emergency.action': 'Mit Notfallkonto anmelden',
  'sign-in.address': 'Adresse des Relays',
  'sign-in.address.example': 'relay.example.com',
  'sign-in.address.note': 'Die Adresse bekommen Sie von der IT; alles andere richtet sich von selbst ein.',
  'sign-in.continue': 'Im Browser fortfahren',
  'sign-in.used-before': 'Zuletzt verwendet',
  'sign-in.title': 'Bei Causeway anmelden',
  'sign-in.under-way': 'Anmeldung bei {host}',
  'sign-in.what': 'Die internen APIs Ihres Unternehmens, ohne VPN.',
  'sign-in.how': 'Sie melden sich einmal an, in Ihrem eigenen Browser.',
  'sign-in.time-left': 'Verbleibende Zeit: {time} min',
  'sign-in.reopen': 'Seite erneut öffnen',
  'sign-in.copy-link': 'Link kopieren',
  'sign-in.step.contacting': 'Verbindung zum Relay',
  'sign-in.step.contacting.text': 'Causeway fragt, wo Sie sich anmelden.',
  'sign-in.step.choosing-issuer': 'Wo melden Sie sich an?',
  'sign-in.step.choosing-issuer.text': 'Das Relay akzeptiert mehrere Anmeldedienste. Wählen Sie den mit Ihrem Konto.',
  'sign-in.step.waiting-for-browser': 'Schließen Sie die Anmeldung im Browser ab',
  'sign-in.step.waiting-for-browser.text':
    'Dort ist eine Anmeldeseite geöffnet. Danach kommt dieses Fenster wieder nach vorn.',
  'sign-in.step.finishing': 'Sie werden angemeldet',
  'sign-in.step.finishing.text': 'Gleich fertig.',
  'sign-in.address.missing': 'Geben Sie die Adresse des Relays ein, zum Beispiel relay.example.com.',
  'sign-in.address.none': '„{typed}“ ist keine Adresse wie relay.example.com.',
  'sign-in.address.scheme': 'Die Adresse eines Relays beginnt mit https://.',
  'sign-in.address.user':
    'Die Adresse eines Relays enthält weder Benutzernamen noch Kennwort: Sie melden sich auf der nächsten Seite an.',
  'sign-in.address.http':
    '{host} muss über https erreicht werden; http ohne Verschlüsselung gilt nur für diesen Computer.',
  'sign-in.address.of-mail': '{domain} wird nach seinem Relay gefragt. Gibt es dort keines, kennt die IT die Adresse.',
  'sign-in.address.cut': 'Nur {origin} wird verwendet; der Rest der Adresse wird nicht gebraucht.',
  'sign-in.address.only': 'Nur die Adresse des Relays wird gebraucht: {origin}',
} as const satisfies Translation<typeof english>;
