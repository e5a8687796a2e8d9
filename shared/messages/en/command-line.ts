/** The command line that comes with the app on macOS: Settings and macOS’ own dialogue. */
export const commandLine = {
  'command-line.title': 'causeway in the terminal',
  'command-line.none': 'The command line came with this app. Terminals don’t find it by its name yet.',
  'command-line.ours': 'On PATH: {link} leads to this app.',
  'command-line.ours.not-listed':
    '{link} leads to this app, but this Mac’s list of folders for commands (/etc/paths) lacks {folder}: add it to your shell’s PATH.',
  'command-line.other-copy': '{link} leads to another copy of Causeway: {target}.',
  'command-line.gone': '{link} leads to an app that isn’t there any more: {target}.',
  'command-line.foreign': 'Not on PATH: {link} is another program’s, and stays as it is.',
  'command-line.foreign.link': 'Not on PATH: {link} is another program’s ({target}), and stays as it is.',
  'command-line.homebrew': 'On PATH by Homebrew: {at}.',
  'command-line.not-installed': 'Move Causeway to Applications and open it there; then terminals can find it, too.',
  'command-line.put': 'Put causeway on PATH',
  'command-line.take': 'Take causeway off PATH',
  'command-line.prompt.put': 'Causeway wants to put the command “causeway” into {folder}.',
  'command-line.prompt.take': 'Causeway wants to take the command “causeway” out of {folder}.',
  'command-line.failed': '{link} can’t be changed: {why}',
  'command-line.not-ours': '{link} isn’t this app’s, and stays as it is.',
} as const;
