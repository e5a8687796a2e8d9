import { AccessError } from '../../shared/errors.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import { shownText } from '../../shared/shown-text.ts';
import { type SharedContext, settledProfile } from './command-context.ts';

export interface SessionsOptions {
  readonly others?: boolean;
}

/** `causeway sessions`: lists the person's sessions on all devices; `end ID` ends one, `end --others` all but this one. */
export async function sessions(
  context: SharedContext,
  action: string | undefined,
  id: string | undefined,
  { others = false }: SessionsOptions,
): Promise<void> {
  const { core, terminal } = context;
  if (action !== undefined && action !== 'end')
    throw new AccessError('bad-input', `“${action}” isn’t known here. Write: causeway sessions end ID`);
  const isEnd = action === 'end';
  if ((isEnd && (id === undefined) !== others) || (!isEnd && others))
    throw new AccessError('bad-input', 'Write which session is to end: causeway sessions end ID, or end --others.');
  const profile = await settledProfile(context);
  if (profile === undefined) throw new AccessError('not-signed-in', 'You aren’t signed in.');
  if (isEnd) {
    const ended = await core.endSessions(profile.id, id === undefined ? 'others' : { id });
    const words = ended.length === 0 ? 'You have no other session.' : `Ended: ${ended.join(', ')}.`;
    terminal.result({ type: 'sessions-ended', ended }, words);
    return;
  }
  const own = await core.sessions(profile.id);
  terminal.result({ type: 'sessions', sessions: own }, own.length === 0 ? 'No session yet.' : own.map(line).join('\n'));
}

function line({ id, current, device, sinceMs, lastUsedAtMs, addresses, apis, openTunnels }: OwnSession): string {
  const time = (ms: number): string => new Date(ms).toLocaleString();
  const words = [
    `${id}  ${device.name}, ${device.system}, Causeway ${device.appVersion}${current ? ' (this one)' : ''}`,
    `    signed in ${time(sinceMs)}, last used ${time(lastUsedAtMs)}${openTunnels > 0 ? ', connected now' : ''}`,
    `    from ${addresses.join(', ') || 'nowhere known'}; used ${apis.join(', ') || 'no API'}`,
  ];
  // Another device says what it is called: nothing in it may steer the terminal.
  return words.map((text) => shownText(text)).join('\n');
}
