/** A fresh or stronger sign-in that a rule asks for. */
export const stepUp = {
  'step-up.in-browser': 'Finish it in your browser. Your connections stay up.',
  'step-up.now': 'Sign in again now',
  'step-up.last': 'Your last one was {time}.',
  'step-up.need.write': 'Writing asks for {demand}.',
  'step-up.badge.write': 'sign in again to write',
  'step-up.need.everything': 'Every request asks for {demand}.',
  'step-up.badge.everything': 'sign in again to use',
  'step-up.need.part': 'Part of it asks for {demand}.',
  'step-up.badge.part': 'sign in again for a part',
} as const;
