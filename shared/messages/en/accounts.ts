/** Several accounts, also at one relay. */
export const accounts = {
  'accounts.add-at': 'Another account at {relay}',
  'accounts.adding': 'A further account. Whoever is signed in here already stays so, with all connections.',
  'accounts.known': 'You have this account already',
  'accounts.known.text': '{account} is signed in afresh. Nothing was added.',
  'accounts.line': '{account}, {status}',
  'accounts.which': 'Which {name} do you mean?',
  'accounts.which.text': 'Several of your accounts have what the link names.',
} as const;
