import type { Translation } from '../make-texts.ts';
import type { provider as english } from '../en/provider.ts';

/** What the sign-in service did, in the single case. */
export const provider = {
  'provider.step.settings': 'Lesen seiner Einstellungen',
  'provider.step.start': 'Beginn der Anmeldung',
  'provider.step.finish': 'Abschluss der Anmeldung',
  'provider.step.renew': 'Erneuern',
  'provider.step.service': 'Anmelden des Dienstes',
  'provider.step.sign-out': 'Abmelden',
  'provider.says': '{host} sagt {words}.',
  'provider.code': '{host} akzeptiert den Code der Anmeldung nicht mehr: {words}.',
  'provider.failed-why': '{host}: Fehler beim {step}: {why}.',
  'provider.client': '{host} akzeptiert den Client von Causeway beim {step} nicht (HTTP {status}).',
  'provider.late': '{host} antwortet beim {step} nicht rechtzeitig.',
  'provider.unusable': '{host} gibt beim {step} keine brauchbare Antwort.',
  'provider.unusable-kind': '{host} gibt beim {step} keine brauchbare Antwort ({kind}).',
  'provider.clock':
    '{host} hat eine Anmeldung ausgestellt, deren Zeiten nicht zur Uhr dieses Computers passen ({now}).',
  'provider.name': '{host} nennt sich anders, als das Relay es nennt.',
  'provider.failed': '{host}: Fehler beim {step}.',
} as const satisfies Translation<typeof english>;
