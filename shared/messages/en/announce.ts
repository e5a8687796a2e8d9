/** What screen readers say when the state changes. */
export const announce = {
  'announce.signed-in': 'Signed in to {relay}',
  'announce.sign-in-ended': 'Your sign-in to {relay} has ended',
  'announce.online': '{relay} is online',
  'announce.reconnecting': 'Reconnecting to {relay}',
  'announce.api.on': '{api} is on at {address}',
  'announce.api.off': '{api} is off',
  'announce.api.failed': '{api} couldn’t be switched on: {problem}',
  'announce.apis.on': '{count, plural, one {# API is on} other {# APIs are on}}',
  'announce.apis.off': '{count, plural, one {# API is off} other {# APIs are off}}',
  'announce.apis.failed': '{count, plural, one {# API couldn’t be switched on} other {# APIs couldn’t be switched on}}',
} as const;
