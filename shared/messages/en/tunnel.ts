/** How the way to the relay is doing. */
export const tunnel = {
  'tunnel.open': 'Open, since {time}',
  'tunnel.open-round-trip': 'Open, since {time}, {roundTrip} to the relay',
  'tunnel.copy-id': 'Copy the session id',
  'tunnel.connecting': 'Connecting.',
  'tunnel.reconnecting': 'Reconnecting since {time}, attempt {attempt, number}.',
  'tunnel.closed': 'Opens with the first connection',
} as const;
