/** Sidebar, account and what frames the screens. */
export const shell = {
  'shell.your-account': 'Your account',
  'shell.account-of': 'Account of',
  'shell.account': 'Account',
  'shell.your-sessions': 'Your sessions',
  'shell.relay': 'Relay',
  'shell.relays': 'Relays',
  'shell.screen.apis': 'APIs',
  'shell.screen.activity': 'Activity',
  'shell.screen.access': 'Access',
  'shell.screen.requests': 'Requests',
  'shell.screen.sessions': 'Sessions',
  'shell.screen.settings': 'Settings',
  'shell.screens': 'Screens',
} as const;
