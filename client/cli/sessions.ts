import { maxChosenName, readChosenName } from '../../shared/chosen-name.ts';
import { AccessError } from '../../shared/errors.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import { shownText } from '../../shared/shown-text.ts';
import { type SharedContext, settledProfile } from './command-context.ts';

export interface SessionsOptions {
  readonly others?: boolean;
}

/** `causeway sessions`: lists the person's sessions on all devices; `end ID` ends one, `end --others` all but this one, `rename ID NAME` names a device. */
export async function sessions(
  context: SharedContext,
  action: string | undefined,
  id: string | undefined,
  name: string | undefined,
  { others = false }: SessionsOptions,
): Promise<void> {
  const { core, terminal } = context;
  const isList = action === undefined || action === 'list';
  if (!isList && action !== 'end' && action !== 'rename')
    throw new AccessError(
      'bad-input',
      `“${action}” isn’t known here. Write: causeway sessions, sessions end ID, or sessions rename ID "NAME".`,
    );
  if (isList && id !== undefined)
    throw new AccessError('bad-input', `“${id}” is one word too many. The list has all: causeway sessions`);
  if (action === 'rename' && (id === undefined || name === undefined || others))
    throw new AccessError('bad-input', 'Write which device gets which name: causeway sessions rename ID "NAME".');
  if (action !== 'rename' && name !== undefined)
    throw new AccessError(
      'bad-input',
      `“${name}” is one word too many. Names go with: causeway sessions rename ID "NAME".`,
    );
  const isEnd = action === 'end';
  if ((isEnd && (id === undefined) !== others) || (!isEnd && others))
    throw new AccessError('bad-input', 'Write which session is to end: causeway sessions end ID, or end --others.');
  const profile = await settledProfile(context);
  if (profile === undefined) throw new AccessError('not-signed-in', 'You aren’t signed in.');
  if (id !== undefined && name !== undefined) {
    const called = shownText(await core.renameSession(profile.id, id, readName(name)));
    terminal.result({ type: 'session-renamed', session: id, name: called }, `${id} is “${called}” now.`);
    return;
  }
  if (isEnd) {
    const ended = await core.endSessions(profile.id, id === undefined ? 'others' : { id });
    const words = ended.length === 0 ? 'You have no other session.' : `Ended: ${ended.join(', ')}.`;
    terminal.result({ type: 'sessions-ended', ended }, words);
    return;
  }
  const own = await core.sessions(profile.id);
  terminal.result({ type: 'sessions', sessions: own }, own.length === 0 ? 'No session yet.' : own.map(line).join('\n'));
}

/** @throws AccessError `bad-input` */
function readName(given: string): string {
  const name = readChosenName(given);
  if (name !== null) return name;
  throw new AccessError(
    'bad-input',
    `A name has at most ${maxChosenName} characters, and none that controls how text is shown.`,
  );
}

function line({ id, current, device, sinceMs, lastUsedAtMs, addresses, apis, openTunnels }: OwnSession): string {
  const time = (ms: number): string => new Date(ms).toLocaleString();
  const ownName = device.ownName === undefined ? '' : ` (${device.ownName})`;
  const words = [
    `${id}  ${device.name}${ownName}, ${device.system}, Causeway ${device.appVersion}${current ? ' (this one)' : ''}`,
    `    signed in ${time(sinceMs)}, last used ${time(lastUsedAtMs)}${openTunnels > 0 ? ', connected now' : ''}`,
    `    from ${addresses.join(', ') || 'nowhere known'}; used ${apis.join(', ') || 'no API'}`,
  ];
  // Another device says what it is called: nothing in it may steer the terminal.
  return words.map((text) => shownText(text)).join('\n');
}
