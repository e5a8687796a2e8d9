import type { Translation } from '../make-texts.ts';
import type { commandLine as english } from '../en/command-line.ts';

/** The command line that comes with the app on macOS: Settings and macOS’ own dialogue. */
export const commandLine = {
  'command-line.title': 'causeway im Terminal',
  'command-line.none': 'Die Befehlszeile kam mit dieser App. Terminals finden sie noch nicht beim Namen.',
  'command-line.ours': 'Im PATH: {link} führt zu dieser App.',
  'command-line.ours.not-listed':
    '{link} führt zu dieser App, aber die Liste der Befehlsordner dieses Macs (/etc/paths) nennt {folder} nicht: Nehmen Sie den Ordner in den PATH Ihrer Shell auf.',
  'command-line.other-copy': '{link} führt zu einer anderen Kopie von Causeway: {target}.',
  'command-line.gone': '{link} führt zu einer App, die es nicht mehr gibt: {target}.',
  'command-line.foreign': 'Nicht im PATH: {link} gehört einem anderen Programm und bleibt, wie es ist.',
  'command-line.foreign.link': 'Nicht im PATH: {link} gehört einem anderen Programm ({target}) und bleibt, wie es ist.',
  'command-line.homebrew': 'Durch Homebrew im PATH: {at}.',
  'command-line.not-installed':
    'Legen Sie Causeway in „Programme“ und öffnen Sie es dort; dann finden es auch Terminals.',
  'command-line.put': 'causeway in den PATH aufnehmen',
  'command-line.take': 'causeway aus dem PATH nehmen',
  'command-line.prompt.put': 'Causeway möchte den Befehl „causeway“ in {folder} ablegen.',
  'command-line.prompt.take': 'Causeway möchte den Befehl „causeway“ aus {folder} entfernen.',
  'command-line.failed': '{link} lässt sich nicht ändern: {why}',
  'command-line.not-ours': '{link} gehört nicht zu dieser App und bleibt, wie es ist.',
} as const satisfies Translation<typeof english>;
