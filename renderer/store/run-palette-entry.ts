import { assertNever } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { PaletteAction, PaletteEntry } from '../model/palette-entries.ts';
import { notify, type Screen, selectApi, showScreen, showSearch, useApp } from './app-store.ts';
import { ask, command, notifyProblem } from './commands.ts';
import { connectAndCopy } from './connect-and-copy.ts';
import { signInTo } from './sign-in-to.ts';

/** Which of an entry's keys was pressed: Enter alone, with Shift, or with Ctrl or Cmd. */
export type PaletteKey = 'enter' | 'shift-enter' | 'mod-enter';

/** Does what an entry says for a key. */
export async function runPaletteEntry(entry: PaletteEntry, key: PaletteKey): Promise<void> {
  switch (entry.kind) {
    case 'api':
      return await runApi(entry, key);
    case 'relay':
      return command('profile:select', { profileId: entry.profile.id });
    case 'screen':
      return showScreen(entry.screen as Screen);
    case 'action':
      return runAction(entry.action);
    default:
      return assertNever(entry);
  }
}

async function runApi(entry: Extract<PaletteEntry, { kind: 'api' }>, key: PaletteKey): Promise<void> {
  const { profileId, api, connection } = entry;
  if (key === 'shift-enter' || api.access === 'locked') return await showApi(profileId, api.id);
  if (key === 'mod-enter') {
    const isOn = connection.status === 'on' || connection.status === 'opening';
    return command(isOn ? 'api:disconnect' : 'api:connect', { profileId, api: api.id });
  }
  const address = await connectAndCopy(profileId, api.id);
  if (address !== null)
    notify({
      tone: 'info',
      title: text('palette.copied'),
      text: text('palette.copied.text', { address, api: api.name }),
    });
}

/** Opens an API's page, at another relay after that has come to the front. */
async function showApi(profileId: string, api: string): Promise<void> {
  if (useApp.getState().snapshot?.currentProfileId !== profileId) {
    const result = await ask('profile:select', { profileId });
    if (!result.ok) return notifyProblem(result.problem);
    if (useApp.getState().snapshot?.currentProfileId !== profileId) await nextProfile(profileId);
  }
  selectApi(api);
}

function nextProfile(profileId: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = useApp.subscribe(({ snapshot }) => {
      if (snapshot?.currentProfileId !== profileId) return;
      stop();
      resolve();
    });
  });
}

function runAction(action: PaletteAction): void {
  switch (action.type) {
    case 'connect':
    case 'disconnect':
      for (const api of action.apis) command(`api:${action.type}`, { profileId: action.profileId, api });
      return;
    case 'sign-in':
      return signInTo(action.profile);
    case 'add-relay':
      return useApp.setState({ addingRelay: true });
    case 'search-apis':
      return showSearch();
    case 'denied-requests':
      showScreen('activity');
      return useApp.setState({ activityFilter: { api: null, deniedOnly: true, text: '' } });
    case 'theme':
      return command('settings:set', { theme: action.theme });
    default:
      return assertNever(action);
  }
}
