/** What stands on several screens. */
export const app = {
  'app.loading': 'Loading',
  'app.try-again': 'Try again',
  'app.pop-ups': 'Pop-ups',
} as const;
