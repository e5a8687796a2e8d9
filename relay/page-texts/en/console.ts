/** Sign-in at the operators’ console, and what stands in place of the console. */
export const consoleSignIn = {
  'console.title': '{title} – Causeway',
  'console.back': 'Go to the console',
  'console.choice': 'Where do you sign in?',
  'console.not-built': 'The console isn’t built yet',
  'console.not-built.text': 'This relay runs from its sources. Run {command} there, then load this page again.',
  'console.other-address': 'The console has another address',
  'console.other-address.text':
    'It answers at {url}, because its cookie counts only there. If you reach it otherwise, set {key}.',

  'console.refused.none': 'Nobody can sign in here: admin.console names no provider.',
  'console.refused.unknown': 'The console has no sign-in of this name.',
  'console.refused.not-begun':
    'This browser has no sign-in under way here. It may not keep cookies, or not over plain http.',
  'console.refused.other': 'The answer belongs to another sign-in than this browser’s.',
  'console.refused.over': 'The sign-in was finished before, or it took too long.',
  'console.refused.gone': 'The provider isn’t one of this console’s any more.',
  'console.refused.method': 'A sign-in goes by GET alone.',
  'console.refused.address': 'The address isn’t one that the sign-in service would have sent.',
  'console.refused.turns': 'At most {count, number} steps of sign-ins a minute come from one address.',
} as const;
