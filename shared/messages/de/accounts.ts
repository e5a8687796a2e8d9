import type { Translation } from '../make-texts.ts';
import type { accounts as english } from '../en/accounts.ts';

/** Several accounts, also at one relay. */
export const accounts = {
  'accounts.add-at': 'Weiteres Konto bei {relay}',
  'accounts.adding': 'Ein weiteres Konto. Wer hier schon angemeldet ist, bleibt es, mit allen Verbindungen.',
  'accounts.known': 'Dieses Konto haben Sie schon',
  'accounts.known.text': '{account} ist neu angemeldet. Es kam nichts hinzu.',
  'accounts.line': '{account}, {status}',
  'accounts.which': 'Welche ist gemeint: {name}?',
  'accounts.which.text': 'Mehrere Ihrer Konten haben, was der Link nennt.',
} as const satisfies Translation<typeof english>;
