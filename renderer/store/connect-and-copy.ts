import { accessKeyPlaceholder } from '../../shared/access-key.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { connectionOf } from '../model/current-profile.ts';
import { useApp } from './app-store.ts';
import { ask, copyText, notifyProblem } from './commands.ts';

type Open = Extract<ConnectionState, { status: 'on' }>;

/**
 * Puts an API's local address, or another text made of it, into the clipboard, and opens it first where it is off. The
 * text as the window knows it, without the access key that may be in it; null when nothing was copied, and the person was
 * told why.
 */
export async function connectAndCopy(
  profileId: string,
  api: string,
  textOf: (connection: Open) => string = ({ address }) => address,
): Promise<string | null> {
  if (stateOf(profileId, api).status !== 'on') {
    const result = await ask('api:connect', { profileId, api });
    if (!result.ok) {
      notifyProblem(result.problem);
      return null;
    }
  }
  const connection = await settled(profileId, api);
  if (connection.status === 'failed') notifyProblem(connection.problem);
  if (connection.status !== 'on') return null;
  const copied = textOf(connection);
  return (await copy(profileId, api, copied)) ? copied : null;
}

async function copy(profileId: string, api: string, shown: string): Promise<boolean> {
  if (!shown.includes(accessKeyPlaceholder)) return await copyText(shown);
  const result = await ask('api:copy-with-access-key', { profileId, api, text: shown });
  if (!result.ok) notifyProblem(result.problem);
  return result.ok;
}

function stateOf(profileId: string, api: string): ConnectionState {
  const profile = useApp.getState().snapshot?.profiles.find(({ id }) => id === profileId);
  return profile === undefined ? { status: 'off' } : connectionOf(profile, api);
}

/** The connection once it is on or has failed: the state may come after the answer to the request. */
function settled(profileId: string, api: string): Promise<ConnectionState> {
  const isSettled = ({ status }: ConnectionState): boolean => status === 'on' || status === 'failed';
  const now = stateOf(profileId, api);
  if (isSettled(now)) return Promise.resolve(now);
  return new Promise((resolve) => {
    const stop = useApp.subscribe(() => {
      const next = stateOf(profileId, api);
      if (!isSettled(next)) return;
      stop();
      resolve(next);
    });
  });
}
