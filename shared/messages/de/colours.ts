import type { Translation } from '../make-texts.ts';
import type { colours as english } from '../en/colours.ts';

/** The colour of a relay or account. */
export const colours = {
  'colours.of': 'Farbe von {relay}',
  'colours.own': 'Wie das Relay es angibt',
  'colours.blue': 'Blau',
  'colours.teal': 'Petrol',
  'colours.purple': 'Violett',
  'colours.orange': 'Orange',
  'colours.green': 'Grün',
  'colours.pink': 'Rosa',
  'colours.cyan': 'Cyan',
  'colours.indigo': 'Indigo',
  'colours.window': '{relay} – Causeway',
} as const satisfies Translation<typeof english>;
