/** The question for the user and the password that a proxy wants. */
export const proxy = {
  'proxy.title': 'The proxy {proxy} wants a sign-in',
  'proxy.text': 'Enter what your company gave you for it. Causeway keeps both in the system’s keychain.',
  'proxy.refused': 'It doesn’t accept this user name and password. Try again.',
  'proxy.user': 'User name',
  'proxy.password': 'Password',
  'proxy.sign-in': 'Sign in to the proxy',
  'proxy.kept': 'Password for the proxy {proxy}',
  'proxy.kept.text': 'Once it is forgotten, the proxy asks for it again.',
  'proxy.forget': 'Forget',
  'proxy.forget.of': 'Forget the password for the proxy {proxy}',
} as const;
