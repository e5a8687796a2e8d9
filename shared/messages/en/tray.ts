/** The icon in the tray and its menu. */
export const tray = {
  'tray.tooltip': 'Causeway: {line}',
  'tray.signed-out': 'Signed out',
  'tray.idle': 'Signed in, nothing connected',
  'tray.connected': '{count, plural, one {# API connected} other {# APIs connected}}',
  'tray.reconnecting': 'Reconnecting…',
  'tray.paused': 'Paused',
  'tray.attention': 'Needs your attention',
  'tray.relay': '{relay}: {line}',
  'tray.connect-favourites': 'Connect all favourites',
  'tray.copy': 'Copy address',
  'tray.pause': 'Pause',
  'tray.resume': 'Resume',
  'tray.sign-in': 'Sign in…',
  'tray.open': 'Open Causeway',
  'tray.quit': 'Quit Causeway',
} as const;
