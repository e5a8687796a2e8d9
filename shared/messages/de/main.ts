import type { Translation } from '../make-texts.ts';
import type { main as english } from '../en/main.ts';

/** Notices and dialogs of the main process. */
export const main = {
  'main.no-key': '„{api}“ braucht keinen Zugriffsschlüssel.',
  'main.no-step-up': 'Keine Regel von „{api}“ verlangt eine neue Anmeldung.',
  'main.no-address': '„{api}“ ist nicht verbunden und hat daher keine Adresse, die sich öffnen lässt.',
  'main.no-storage': 'Dieses System bietet keinen verschlüsselten Speicher für Geheimnisse.',
  'main.no-password-manager':
    'In dieser Desktop-Sitzung wurde keine Passwortverwaltung (GNOME Keyring oder KWallet) gefunden.',
  'main.kept.unopened': 'in einer Datei, die der Schlüsselbund des Systems nicht öffnet',
  'main.kept.unusable': 'im Schlüsselbund des Systems, der gerade nicht verwendbar ist',
  'main.no-browser': 'Der von Ihrer Organisation festgelegte Browser, {browser}, lässt sich nicht starten.',
  'main.no-sandbox':
    'Die Sandbox des Fensters ist abgeschaltet ({option}), sodass eine fehlerhafte Seite Ihre Dateien erreichen könnte. Ein AppImage startet so, wo dieses Linux keine User-Namespaces zulässt: Installieren Sie stattdessen das Debian- oder RPM-Paket oder fragen Sie die IT.',
  'main.cant-start': 'Causeway kann nicht starten',
} as const satisfies Translation<typeof english>;
