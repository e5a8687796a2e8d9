import type { Translation } from '../make-texts.ts';
import type { failure as english } from '../en/failure.ts';

/** What happened in the single case, under a failure’s title. */
export const failure = {
  'failure.no-issuer': 'Das Relay nennt keinen Anmeldedienst.',
  'failure.unknown-issuer': 'Das Relay hat keinen Anmeldedienst „{wanted}“. Vorhanden: {names}.',
  'failure.no-device-flow':
    '{host} bietet keine Anmeldung auf einem anderen Gerät (RFC 8628). Melden Sie sich mit einem Browser auf diesem Computer an.',
  'failure.code-expired': 'Der Code ist abgelaufen, bevor er eingegeben wurde.',
  'failure.no-certificate':
    'Falls ein Zertifikat dieses Computers verlangt wird: Für Causeway ist hier keines eingerichtet. Fragen Sie die IT.',
  'failure.no-emergency': 'Dieses Relay hat keine Notfallanmeldung (Break-Glass). Fragen Sie die IT.',
  'failure.emergency-elsewhere': 'Die Notfallanmeldung geht nur im Browser dieses Computers.',
  'failure.late.browser':
    'Der Browser hat innerhalb von {minutes, plural, one {# Minute} other {# Minuten}} nicht geantwortet. Zeigt die Seite dort einen Fehler zur Rücksprungadresse (Redirect), informieren Sie die IT.',
  'failure.late.code':
    'Der Code wurde nicht innerhalb von {minutes, plural, one {# Minute} other {# Minuten}} eingegeben.',
  'failure.late.issuer':
    'Innerhalb von {minutes, plural, one {# Minute} other {# Minuten}} wurde kein Anmeldedienst gewählt.',
  'failure.too-old': 'Dies ist Version {version}; das Relay braucht {minimum} oder neuer.',
  'failure.callback-port':
    'Die Antwort der Anmeldung kann nur an Port {ports} dieses Computers kommen, und andere Programme verwenden ihn.',
  'failure.not-revoked.until': 'Die Anmeldung dort gilt höchstens noch bis {end}.',
  'failure.not-revoked.open':
    'Die Anmeldung dort kann gelten, bis {host} sie selbst beendet; was das Relay akzeptiert, endet spätestens {end}.',
  'failure.sign-out-later': '{host} konnte die Abmeldung gerade nicht entgegennehmen (HTTP {status}).',
  'failure.sign-out-never': '{host} lässt Causeway keine Anmeldung beenden (HTTP {status}).',
  'failure.port-used': 'Port {port} für {purpose} wird von {holder} verwendet.',
  'failure.port-forbidden': 'Dieses System lässt Causeway Port {port} nicht verwenden.',
  'failure.gateway-purpose': 'Adressen wie orders.localhost',
  'failure.holder.unknown': 'einem anderen Programm',
  'failure.holder.own': 'Causeway selbst',
  'failure.holder': '{name} (Prozess {process})',
  'failure.holder.nameless': 'einem Programm',
  'failure.no-free-port': 'Kein Port von 7101 bis 7999 ist frei.',
  'failure.socket': 'Der Socket {path} lässt sich nicht öffnen: {why}.',
  'failure.socket-folder': '{folder} ist kein Ordner von Ihnen, daher wird dort kein Socket geöffnet.',
  'failure.socket-there': '{path} ist schon da und kein Socket von Ihnen; es bleibt unberührt.',
  'failure.socket-taken': 'Ein anderes Causeway lauscht an {path}.',
  'failure.refused.other-user':
    'Ein anderer Benutzer dieses Computers hat sie geöffnet (mit sudo sind Sie einer); diese Adressen sind für Ihre eigenen Programme.',
  'failure.refused.unknown-owner':
    'Dieses System sagt nicht, wem sie gehörte: Das Programm hatte sie schon geschlossen oder läuft in einem Container oder einer Sandbox. Ein solches Programm kann den Unix-Socket der API verwenden.',
  'failure.refused.no-descriptors':
    'Alle {limit} Dateien und Verbindungen, die dieses System Causeway erlaubt, sind in Gebrauch. Schließen Sie Verbindungen, die nichts mehr braucht, oder erhöhen Sie das Limit (ulimit -n).',
  'failure.no-groups': 'Das Relay sieht für {name} keine Gruppe und gibt daher nichts frei.',
  'failure.no-access': '{name} ist in {groups}; keine davon gibt eine API frei.',
  'failure.port-reserved': 'Port {port} gehört schon einer anderen API oder den Adressen mit Namen.',
  'failure.not-offered': '„{issuer}“ ist keiner der angebotenen Anmeldedienste.',
  'failure.stopped': 'Sie haben sie vorher abgebrochen.',
  'failure.kept': 'Sie liegt {places}.',
  'failure.kept-unread':
    'Eine Anmeldung lag {places}. Ihre Datei ist gelöscht; ungelesen konnte der Anmeldedienst aber nicht informiert werden.',
  'failure.undeleted': 'Sie ließ sich nicht löschen: {why}.',
  'failure.kept.undecryptable': 'in einer Datei, die sich gerade nicht entschlüsseln lässt',
  'failure.no-renewal': '{host} lässt Causeway Anmeldungen nicht selbst erneuern.',
  'failure.ended.reused':
    '{host} hat sie beendet, weil ihr Refresh-Token auch anderswo verwendet wurde: {words}. Waren Sie das nicht, informieren Sie die IT.',
  'failure.ended':
    '{host} hat sie beendet: {words}. Sie ist abgelaufen, wurde dort beendet, oder ihr Refresh-Token wurde anderswo verwendet.',
  'failure.sign-in-held':
    'Ein anderes Causeway auf diesem Computer hält die Anmeldung fest: Es ist angehalten oder kann sie nicht speichern.',
  'failure.signed-out-elsewhere': 'Sie haben sich in einem anderen Causeway-Fenster abgemeldet.',
  'failure.other-person': 'In einem anderen Causeway-Fenster hat sich jemand anderes angemeldet.',
  'failure.ended-meanwhile': 'Die Anmeldung wurde inzwischen beendet.',
  'failure.no-id-token': 'Das Relay verlangt ein ID-Token; der Anmeldedienst hat keines geliefert.',
  'failure.damaged': 'Die gespeicherte Anmeldung ist beschädigt. Melden Sie sich erneut an.',
  'failure.unbound': 'Das Relay verlangt mit DPoP gebundene Tokens; der Anmeldedienst hat keine geliefert.',
  'failure.issuer-http': '{host} muss https verwenden; http ohne Verschlüsselung gilt nur für diesen Computer.',
  'failure.issuer-other': 'Das Relay nennt „{wanted}“, der Anmeldedienst dort nennt sich aber „{found}“.',
  'failure.issuer-form': '{host} gibt „{name}“ in einer unzulässigen Form an.',
  'failure.issuer-endpoints': '{host} nennt keinen Autorisierungs- oder Token-Endpunkt.',
  'failure.issuer-plain': '{host} nennt einen Endpunkt ohne https: {endpoint}.',
  'failure.issuer-pkce': '{host} bietet für PKCE nur „{methods}“; Causeway braucht S256 (RFC 7636).',
  'failure.issuer-dpop':
    'Das Relay verlangt mit DPoP gebundene Tokens (RFC 9449), aber {host} bietet keine, die Causeway erzeugen kann.',
  'failure.no-profile': 'Das Profil „{profile}“ gibt es nicht.',
  'failure.setting': 'Diese Einstellung kann den Wert nicht annehmen.',
  'failure.unreadable': 'Die Antwort des Relays ist nicht lesbar.',
  'failure.unreadable-catalog': 'Die API-Liste des Relays ist nicht lesbar.',
  'failure.other-account':
    'Das war die Anmeldung einer anderen Person. Melden Sie sich mit dem hier verwendeten Konto an.',
  'failure.nobody': 'Hier ist niemand angemeldet.',
  'failure.no-step-up': 'Gerade verlangt nichts eine erneute Anmeldung.',
  'failure.tunnel-not-up': 'Der Tunnel zum Relay steht noch nicht.',
  'failure.no-network': 'Dieser Computer hat in keinem Netzwerk eine Adresse.',
  'failure.restarting': 'Das Relay startet neu.',
  'failure.version': '{version} reicht nicht mehr.',
  'failure.link': 'Die Verbindung zu {host} ist abgebrochen ({why}).',
  'failure.nonce': 'Das Relay verlangt immer wieder eine neue DPoP-Nonce.',
  'failure.answers': '{relay} antwortet mit {status}.',
  'failure.no-tunnel': '{relay} antwortet mit {status}, statt einen Tunnel zu öffnen.',
  'failure.unreachable': '{host} ist nicht erreichbar: {why}.',
  'failure.untrusted': '{host} ist nicht vertrauenswürdig: {why}.',
  'failure.clock-ahead':
    'Dieser Computer sagt {local}, das Relay sagt {relay}: Dieser Computer geht {minutes, plural, one {# Minute} other {# Minuten}} vor.',
  'failure.clock-behind':
    'Dieser Computer sagt {local}, das Relay sagt {relay}: Dieser Computer geht {minutes, plural, one {# Minute} other {# Minuten}} nach.',
  'failure.first-answer': '{host} antwortet auf die erste Frage mit „{status}“.',
  'failure.not-causeway': '{host} antwortet, aber nicht wie ein Causeway-Relay (HTTP {status}).',
  'failure.not-signed-in': 'Sie sind bei {relay} nicht angemeldet.',
  'failure.no-api': '{relay} hat keine API „{api}“ für Sie.',
  'failure.opened-by': 'Eine dieser Gruppen gibt sie frei: {groups}.',
  'failure.locked': '{api} ist für Sie gesperrt.',
  'failure.no-sign-in': 'Es läuft keine Anmeldung.',
  'failure.ended-unrenewed': 'Die Anmeldung endete, bevor sie erneuert werden konnte.',
  'failure.lost-before-answer':
    'Der Tunnel zum Relay brach vor der Antwort ab ({why}). Die API hat die Anfrage möglicherweise erhalten.',
  'failure.tunnel-closed': 'Der Tunnel wurde geschlossen.',
  'failure.too-many-connections': 'Es werden mehr lokale Verbindungen geöffnet, als der Tunnel aufnehmen kann.',
  'failure.unreadable-file': 'Sie liegt in einer Datei, die sich nicht lesen lässt: {why}.',
  'failure.undecryptable':
    'Die gespeicherte Anmeldung lässt sich nicht entschlüsseln: Die Passphrase oder der Schlüssel des Schlüsselbunds ist ein anderer als zuvor.',
  'failure.relay-stopped': 'Das Relay hat angehalten.',
  'failure.tunnel-forgotten': 'Das Relay kennt den Tunnel nicht mehr.',
  'failure.broke-in-renewal': 'Die Verbindung brach während der Erneuerung ab.',
  'failure.cant-resume': 'Der Tunnel lässt sich nicht fortsetzen.',
  'failure.relay-left': 'Das Relay wurde verlassen.',
  'failure.not-reached-in-time': 'Das Relay war nicht rechtzeitig erreichbar.',
  'failure.address-long': 'Die Adresse ist zu lang.',
  'failure.address-characters': 'Die Adresse enthält Zeichen, die Adressen nicht haben.',
  'failure.address-unreadable': 'Die Adresse ist nicht lesbar.',
  'failure.address-user': 'Die Adresse nennt einen Benutzer.',
  'failure.address-plain': 'Geöffnet werden nur https-Adressen.',
  'failure.address-foreign': 'Die Adresse gehört weder zu Ihrem Relay noch zu Ihrem Anmeldedienst.',
  'failure.ca-file': 'Die Zertifikatdatei {path}, die CAUSEWAY_CA_FILE nennt, ist nicht lesbar.',
} as const satisfies Translation<typeof english>;
