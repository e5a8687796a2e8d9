/** What IT has locked. */
export const locks = {
  'locks.no-reason': 'IT gives no reason here.',
  'locks.until-taken-away': 'Until IT takes the lock away. Requests are refused meanwhile; it works again by itself.',
  'locks.ends': 'Ends {time}, at {at}. Requests are refused meanwhile; it works again by itself.',
  'locks.message': '{api} ({id}) is locked for me in Causeway: “{lock}”. When can I use it again?',
  'locks.message-reason':
    '{api} ({id}) is locked for me in Causeway: “{lock}”. The reason given is: {reason} When can I use it again?',
  'locks.everybody': 'Locked by IT for everybody',
  'locks.a-group': 'Locked by IT for one of your groups',
  'locks.group': 'Locked by IT for the group {group}',
  'locks.person': 'Locked by IT for you',
  'locks.device': 'Locked by IT on this device',
  'locks.network': 'Locked by IT for the network that you are in',
  'locks.session': 'Locked by IT for this sign-in',
  'locks.line': '{lock}: {reason}',
  'locks.until-open': 'until IT takes the lock away',
  'locks.until': 'until {time}',
  'locks.locked': 'Locked',
  'locks.banner': '{reason}, {until}.',
} as const;
