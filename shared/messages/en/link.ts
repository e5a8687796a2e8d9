/** The question whether other programs of the person, such as the command line, may use the app. */
export const link = {
  'link.question': 'Let the command line use Causeway?',
  'link.detail':
    'A program of yours wants to: {program}.\n\nIt could see your APIs, requests and sessions, switch APIs on and off, end sessions, and ask for access or decide on requests in your name. It never gets your sign-in or a key.\n\nAllow it if you have just used the causeway command. You can change this in Settings.',
  'link.program': '{called} ({path}, process {pid})',
  'link.yes': 'Allow',
  'link.no': 'Don’t allow',
} as const;
