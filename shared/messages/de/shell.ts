import type { Translation } from '../make-texts.ts';
import type { shell as english } from '../en/shell.ts';

/** Sidebar, account and what frames the screens. */
export const shell = {
  'shell.your-account': 'Ihr Konto',
  'shell.account-of': 'Konto von',
  'shell.account': 'Konto',
  'shell.your-sessions': 'Ihre Sitzungen',
  'shell.relay': 'Relay',
  'shell.relays': 'Relays',
  'shell.screen.apis': 'APIs',
  'shell.screen.activity': 'Aktivität',
  'shell.screen.access': 'Zugriff',
  'shell.screen.requests': 'Anträge',
  'shell.screen.sessions': 'Sitzungen',
  'shell.screen.settings': 'Einstellungen',
  'shell.screens': 'Ansichten',
} as const satisfies Translation<typeof english>;
