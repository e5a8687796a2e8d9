import { lstatSync, mkdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandLinkStep } from '../../shared/command-link.ts';
import { text } from '../../shared/messages/text.ts';
import { canLast, type CommandPlace, readCommandLink } from './read-command-link.ts';
import { shellCommand } from './shell-command.ts';

/** The system’s own way to ask for an administrator’s word. */
export interface Administrator {
  /** Runs a command of `sh` as root, once somebody has given a password. @throws Error when it failed */
  run(command: string, prompt: string): Promise<'done' | 'declined'>;
}

/** What is to be done at the link, decided from what was there: only what was seen is removed. */
interface LinkChange {
  readonly link: string;
  /** Text of the link that goes; null for none. */
  readonly old: string | null;
  /** What the new one leads to; null for none. */
  readonly next: string | null;
}

/** Refusals of a folder for which an administrator can do it. */
const needAdministrator = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Puts the link to the app’s command line there, or takes it away; by the person where the folder lets it, else by an administrator. What
 * is there already as wanted stays.
 * @returns `declined` when nobody gave the password
 * @throws Error, in words for people, where somebody else’s command is there, or the system refuses
 */
export async function changeCommandLink(
  place: CommandPlace,
  command: string,
  wanted: boolean,
  administrator: Administrator,
): Promise<'done' | 'declined'> {
  const old = linkText(place.link);
  const { state } = readCommandLink(place, command);
  const step = commandLinkStep(state);
  if (wanted ? state.status === 'ours' : step === 'put') return 'done';
  if (step === null) throw new Error(text('command-line.not-ours', { link: place.link }));
  if (wanted && !canLast(place, command)) throw new Error(text('command-line.not-installed'));
  // What was looked at is what was read: another link that came between is nobody’s to remove.
  if (linkText(place.link) !== old) throw new Error(text('command-line.not-ours', { link: place.link }));
  const change = { link: place.link, old, next: wanted ? command : null };
  try {
    applyChange(change);
    return 'done';
  } catch (cause) {
    if (!needAdministrator.has((cause as NodeJS.ErrnoException).code ?? '')) throw refusal(place.link, cause);
  }
  const prompt = text(wanted ? 'command-line.prompt.put' : 'command-line.prompt.take', { folder: dirname(place.link) });
  try {
    return await administrator.run(administratorCommand(change), prompt);
  } catch (cause) {
    throw refusal(place.link, cause);
  }
}

/** Where a link leads, as it says itself; null where there is none. */
function linkText(link: string): string | null {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(link) : null;
}

function applyChange({ link, old, next }: LinkChange): void {
  if (old !== null && linkText(link) === old) unlinkSync(link);
  if (next === null) return;
  mkdirSync(dirname(link), { recursive: true, mode: 0o755 });
  // Fails where something has come there meanwhile.
  symlinkSync(next, link);
}

/**
 * The same for `sh`, which looks again: between the look and the password there may be minutes. `-n`: a link to a folder that comes there at
 * the last moment isn’t followed.
 */
const script = [
  'umask 022',
  'if [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]; then rm -f "$1"; fi',
  'if [ -e "$1" ] || [ -L "$1" ]; then echo "$1 has changed meanwhile." >&2; exit 17; fi',
  'if [ -n "$3" ]; then mkdir -p "${1%/*}"; ln -sn "$3" "$1"; fi',
].join('\n');

/** What an administrator is asked to let run. */
export function administratorCommand({ link, old, next }: LinkChange): string {
  return shellCommand(['/bin/sh', '-euc', script, 'sh', link, old ?? '', next ?? '']);
}

function refusal(link: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(text('command-line.failed', { link, why }), { cause });
}
