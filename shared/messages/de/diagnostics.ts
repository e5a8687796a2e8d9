import type { Translation } from '../make-texts.ts';
import type { diagnostics as english } from '../en/diagnostics.ts';

/** The Diagnostics screen. Its details are technical, for a help desk. */
export const diagnostics = {
  'diagnostics.title': 'Diagnose',
  'diagnostics.intro': 'Jeder Schritt zwischen diesem Computer und den APIs von {relay}.',
  'diagnostics.open': 'Schritte prüfen',
  'diagnostics.setting.text':
    'Findet heraus, wo der Weg zu den APIs versperrt ist, und erstellt einen Bericht für den Helpdesk.',
  'diagnostics.looking': 'Die Schritte werden geprüft',
  'diagnostics.steps': 'Schritte',
  'diagnostics.all-well': 'Alles funktioniert.',
  'diagnostics.fails': 'Hier liegt es: {step}',
  'diagnostics.ok': 'Funktioniert',
  'diagnostics.failed': 'Schlägt fehl',
  'diagnostics.skipped': 'Nicht geprüft',
  'diagnostics.hop.dns': 'Name (DNS)',
  'diagnostics.hop.proxy': 'Proxy',
  'diagnostics.hop.tls': 'Sichere Verbindung (TLS)',
  'diagnostics.hop.clock': 'Uhr',
  'diagnostics.hop.relay': 'Relay',
  'diagnostics.hop.idp': 'Anmeldedienst',
  'diagnostics.hop.token': 'Ihre Anmeldung',
  'diagnostics.hop.tunnel': 'Tunnel',
  'diagnostics.hop.listener': 'Lokale Adressen',
  'diagnostics.hop.upstream': 'APIs',
  'diagnostics.details': 'Technische Details',
  'diagnostics.versions': 'Versionen',
  'diagnostics.versions.text': 'Causeway {app}, Relay {relay}, {system}, {runtime}',
  'diagnostics.no-proxy': 'Keiner',
  'diagnostics.clocks': 'Uhren',
  'diagnostics.clocks.text': 'Dieser Computer {local}, das Relay {relay}',
  'diagnostics.certificates': 'Zertifikate ({protocol})',
  'diagnostics.valid-until': 'Gültig bis {time}',
  'diagnostics.bundle': 'Bericht für den Helpdesk',
  'diagnostics.bundle.text':
    'Enthält kein Geheimnis, weder Ihren Namen noch Ihre E-Mail-Adresse und keine Anfrage. Sehen Sie ihn an, bevor Sie ihn speichern.',
  'diagnostics.bundle.show': 'Bericht anzeigen',
  'diagnostics.bundle.save': 'Bericht speichern…',
} as const satisfies Translation<typeof english>;
