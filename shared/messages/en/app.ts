/** What stands on several screens. */
export const app = {
  'app.loading': 'Loading',
  'app.try-again': 'Try again',
  'app.pop-ups': 'Pop-ups',
  'app.problem': '{title}. {detail} {hint}',
  'app.all': 'All',
  'app.cancel': 'Cancel',
  'app.show-all': 'Show all',
  'app.sign-out': 'Sign out',
  'app.save': 'Save',
  'app.no-match': 'Nothing matches “{search}”.',
  'app.signed-in': 'Signed in',
  'app.renews-itself': 'By itself, at the latest {time}',
  'app.no-match.title': 'No match',
  'app.look-again': 'Look again',
  'app.back': 'Back',
  'app.problem-short': '{title}. {hint}',
} as const;
