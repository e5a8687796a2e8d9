/** What the person calls their devices. */
export const sessionNames = {
  'session-names.rename': 'Rename',
  'session-names.rename.of': 'Rename {name}',
  'session-names.field': 'New name for {name}',
  'session-names.hint': 'You and IT see this name. Leave it empty for the device’s own: {name}',
  'session-names.wrong': 'A name has at most 100 characters, and none that controls how text is shown.',
  'session-names.saved': 'The device is called {name} now',
  'session-names.saved.text': 'You and IT see this name.',
  'session-names.own': 'Calls itself {name}',
} as const;
