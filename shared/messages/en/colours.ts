/** The colour of a relay or account. */
export const colours = {
  'colours.of': 'Color of {relay}',
  'colours.own': 'As the relay says',
  'colours.blue': 'Blue',
  'colours.teal': 'Teal',
  'colours.purple': 'Purple',
  'colours.orange': 'Orange',
  'colours.green': 'Green',
  'colours.pink': 'Pink',
  'colours.cyan': 'Cyan',
  'colours.indigo': 'Indigo',
  'colours.window': '{relay} – Causeway',
} as const;
