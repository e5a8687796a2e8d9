import type { Translation } from '../make-texts.ts';
import type { connection as english } from '../en/connection.ts';

/** Why a connection could not be made, as the end of a sentence. */
export const connection = {
  'connection.self-signed': 'sein Zertifikat ist selbstsigniert',
  'connection.unknown-authority': 'sein Zertifikat stammt von einer Stelle, die dieser Computer nicht kennt',
  'connection.certificate-expired': 'sein Zertifikat ist abgelaufen',
  'connection.certificate-early': 'sein Zertifikat ist noch nicht gültig (oder die Uhr dieses Computers geht nach)',
  'connection.certificate-name': 'sein Zertifikat gilt für einen anderen Namen',
  'connection.certificate-revoked': 'sein Zertifikat wurde widerrufen',
  'connection.certificate-not-pinned':
    'sein Zertifikat enthält keinen der Schlüssel, die Ihre Organisation festgelegt hat',
  'connection.pins-unusable':
    'die Schlüssel, die Ihre Organisation für das Zertifikat festgelegt hat (certificatePins), lassen sich nicht verwenden',
  'connection.certificate-untrusted': 'sein Zertifikat ist nicht vertrauenswürdig',
  'connection.name-unknown': 'sein Name ist unbekannt (DNS)',
  'connection.name-service': 'der Namensdienst (DNS) antwortet nicht',
  'connection.nothing-listens': 'dort nimmt nichts Verbindungen an',
  'connection.cut': 'die Verbindung wurde getrennt',
  'connection.no-route': 'es gibt keinen Netzwerkweg dorthin',
  'connection.silent': 'es kommt keine Antwort',
  'connection.no-descriptor': 'dieses Programm hat keinen Dateideskriptor mehr frei (siehe ulimit -n)',
  'connection.no-descriptor-at-all': 'dieser Computer hat keinen Dateideskriptor mehr frei',
  'connection.late': 'es kommt keine rechtzeitige Antwort',
  'connection.old-tls':
    'dort oder von einem Gerät dazwischen, das sichere Verbindungen öffnet, wird nur TLS 1.2 oder älter gesprochen; nötig ist TLS 1.3',
  'connection.no-tls': 'dort wird kein TLS gesprochen',
  'connection.own-certificate': 'das Zertifikat dieses Computers wird nicht akzeptiert',
  'connection.tls': 'TLS ist dort fehlgeschlagen',
} as const satisfies Translation<typeof english>;
