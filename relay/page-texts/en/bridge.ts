/** Sign-in with SAML: the bridge’s pages, and why one of them can’t go on. */
export const bridge = {
  'bridge.signing-in': 'Signing in',
  'bridge.signing-in.text': 'Your company’s sign-in page opens.',
  'bridge.signing-in.button': 'Continue',
  'bridge.signing-out': 'Signing out',
  'bridge.signing-out.text': 'One moment.',
  'bridge.signing-out.button': 'Sign out',
  'bridge.signed-out': 'Signed out',
  'bridge.signed-out.text': 'You are signed out. You can close this page.',
  'bridge.signed-out.too': 'You are signed out of Causeway, too.',

  'bridge.stopped': 'This sign-in can’t go on',
  'bridge.stopped.failure': 'The relay failed. Start again in the app. Its log says more under {requestId}.',
  'bridge.stopped.token-rejected': 'Start again in the app. If it fails again, show IT what stands below.',
  'bridge.stopped.unavailable': 'Try again in a moment. If it lasts, show IT what stands below.',
  'bridge.stopped.misfit': 'The sign-in service and the relay aren’t set up for each other. Show IT what stands below.',

  'bridge.refused.old': 'This sign-in page is too old, or was opened in another browser. Start again in the app.',
  'bridge.refused.other': 'This sign-in page belongs to another sign-in. Start again in the app.',
  'bridge.refused.used': 'This answer belongs to another sign-in, or was used already. Start again in the app.',
  'bridge.refused.unasked':
    'The answer belongs to no sign-in that is under way (RelayState): it comes a second time or too late, or was begun at the sign-in service. Begin in Causeway.',
  'bridge.refused.direct': 'Open this address only from a page of the sign-in service.',
  'bridge.refused.no-sign-out': 'The answer belongs to no sign-out that is under way.',
  'bridge.refused.sign-out-twice': 'The logout request comes a second time.',
} as const;
