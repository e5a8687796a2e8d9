/** What somebody is told after the first sign-in. */
export const hints = {
  'hints.label': 'Hints for the start',
  'hints.step': '{step, number} of {steps, number}:',
  'hints.switch': 'Turn an API on at the end of its row. It then has an address on this computer.',
  'hints.copy': 'Take its address from the row or its page, with the button beside it.',
  'hints.go': 'Use it in your browser, editor or terminal as if the API ran here. What you sent is listed on the left.',
  'hints.done': 'Got it',
  'hints.none': 'No more hints',
} as const;
