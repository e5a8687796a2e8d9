/** Logs and crash files, in Settings. */
export const files = {
  'files.logs': 'Logs',
  'files.logs.text': 'What the app noticed, without secrets, a few megabytes at most: {folder}',
  'files.logs.copy': 'Copy the folder of the logs',
  'files.crashes': 'Crash files',
  'files.crashes.none': 'None of the last two weeks. The app sends crash files nowhere.',
  'files.crashes.text':
    '{count, plural, one {# file} other {# files}} of the last two weeks, the newest of {time}. They stay on this computer and may hold pieces of the app’s memory: {folder}',
  'files.crashes.copy': 'Copy the folder of the crash files',
} as const;
