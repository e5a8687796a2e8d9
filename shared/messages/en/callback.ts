/** The browser page that ends a sign-in. */
export const callback = {
  'callback.done': 'You’re signed in',
  'callback.done.text': 'You can close this tab and go back to Causeway.',
  'callback.other-host': 'This address belongs to Causeway’s sign-in only.',
  'callback.nothing': 'There is nothing here.',
  'callback.get': 'A sign-in’s answer comes by GET.',
  'callback.twice': 'The answer holds “{name}” more than once.',
  'callback.other-sign-in': 'This answer belongs to another sign-in. Close this page and use the newest one.',
  'callback.other-issuer': 'This answer doesn’t come from the sign-in service that was asked.',
  'callback.neither': 'The answer must hold either a code or an error.',
  'callback.none-waits': 'No sign-in waits for an answer.',
  'callback.refused': 'This isn’t the sign-in’s answer',
  'callback.refused.text': '{reason} The sign-in that is under way isn’t affected.',
} as const;
