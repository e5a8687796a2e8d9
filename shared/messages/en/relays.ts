/** The relays that the app knows. */
export const relays = {
  'relays.others': 'Your other relays',
  'relays.add': 'Add a relay',
  'relays.line': '{host}, {status}',
  'relays.remove-one': 'Remove {relay}',
  'relays.remove': 'Remove',
  'relays.remove.title': 'Remove {relay}?',
  'relays.remove.text': 'You are signed out there, its connections end, and its favourites and ports are forgotten.',
  'relays.status.signed-out': 'Signed out',
  'relays.status.signing-in': 'Signing in',
  'relays.status.attention': 'Needs attention',
  'relays.status.connected': 'Online',
  'relays.status.connecting': 'Connecting',
  'relays.status.reconnecting': 'Reconnecting',
  'relays.status.ready': 'Ready',
} as const;
