import type { Translation } from '../make-texts.ts';
import type { problemAction as english } from '../en/problem-action.ts';

/** What the one button beside a failure does, and what it copies. */
export const problemAction = {
  'problem-action.try-again': 'Erneut versuchen',
  'problem-action.try-now': 'Jetzt versuchen',
  'problem-action.sign-in': 'Erneut anmelden',
  'problem-action.open-network-page': 'Seite des Netzwerks öffnen',
  'problem-action.copy-for-it': 'Details für die IT kopieren',
  'problem-action.show-apis': 'APIs anzeigen',
  'problem-action.show-activity': 'Aktivität anzeigen',
  'problem-action.show-access': 'Meinen Zugriff anzeigen',
  'problem-action.show-requests': 'Anträge anzeigen',
  'problem-action.show-settings': 'Einstellungen öffnen',
  'problem-action.diagnose': 'Woran liegt es?',
  'problem-action.what-to-do': 'Was zu tun ist',
  'problem-action.copied': 'Die Details sind in der Zwischenablage',
  'problem-action.copied.text': 'Fügen Sie sie in eine Nachricht an die IT ein.',
  'problem-action.report.code': 'Code: {code}',
  'problem-action.report.request': 'Anfrage: {id}',
  'problem-action.report.at': 'Zeit: {time}',
  'problem-action.report.relay': 'Relay: {relay}',
  'problem-action.report.app': 'Causeway {version}',
} as const satisfies Translation<typeof english>;
