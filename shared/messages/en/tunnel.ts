/** How the way to the relay is doing. */
export const tunnel = {
  'tunnel.open': 'Open, since {time}',
  'tunnel.open-round-trip': 'Open, since {time}, {roundTrip} to the relay',
  'tunnel.copy-id': 'Copy the session id',
  'tunnel.connecting': 'Connecting.',
  'tunnel.reconnecting': 'Reconnecting since {time}, attempt {attempt, number}.',
  'tunnel.closed': 'Opens with the first connection',
  'tunnel.wait': 'Requests made now wait up to 10 seconds for it, then get 503. Nothing is sent twice.',
  'tunnel.draining': 'The relay is about to stop',
  'tunnel.draining.text': 'What is under way finishes there. Causeway moves to the next relay by itself.',
  'tunnel.connecting-to': 'Connecting to {relay}',
  'tunnel.restarting': 'The relay is restarting',
  'tunnel.no-answer': 'Waiting for {relay} to answer',
  'tunnel.waiting': '{count, plural, one {# connection is} other {# connections are}} waiting.',
} as const;
