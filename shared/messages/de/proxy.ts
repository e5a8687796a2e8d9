import type { Translation } from '../make-texts.ts';
import type { proxy as english } from '../en/proxy.ts';

/** The question for the user and the password that a proxy wants. */
export const proxy = {
  'proxy.title': 'Der Proxy {proxy} verlangt eine Anmeldung',
  'proxy.text':
    'Geben Sie ein, was Sie dafür von Ihrem Unternehmen haben. Causeway bewahrt beides im Schlüsselbund des Systems auf.',
  'proxy.refused': 'Er nimmt diesen Benutzernamen und dieses Kennwort nicht an. Versuchen Sie es erneut.',
  'proxy.user': 'Benutzername',
  'proxy.password': 'Kennwort',
  'proxy.sign-in': 'Beim Proxy anmelden',
  'proxy.kept': 'Kennwort für den Proxy {proxy}',
  'proxy.kept.text': 'Wird es vergessen, fragt der Proxy wieder danach.',
  'proxy.forget': 'Vergessen',
  'proxy.forget.of': 'Kennwort für den Proxy {proxy} vergessen',
} as const satisfies Translation<typeof english>;
