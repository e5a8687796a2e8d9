import { AccessError } from '../../shared/errors.ts';
import { apisOf } from './apis.ts';
import { settledProfile, type SharedContext } from './command-context.ts';

/** `causeway favourites`: lists them; `add API` and `remove API` change them, in the app where it runs. */
export async function favourites(
  context: SharedContext,
  action: string | undefined,
  api: string | undefined,
): Promise<void> {
  const { core, terminal } = context;
  const isList = action === undefined || action === 'list';
  if ((!isList && action !== 'add' && action !== 'remove') || isList !== (api === undefined)) {
    throw new AccessError('bad-input', 'Write: causeway favourites, favourites add API, or favourites remove API.');
  }
  const profile = await settledProfile(context);
  if (profile === undefined) throw new AccessError('not-signed-in', 'You aren’t signed in.');
  if (!isList && api !== undefined) {
    if (action === 'add' && !apisOf(profile).some(({ id }) => id === api)) {
      throw new AccessError('unknown-api', `${profile.relayName} has no API “${api}” for you. Run: causeway apis`);
    }
    await core.setFavourite(profile.id, api, action === 'add');
  }
  const { favourites: known = [] } = core.snapshot().profiles.find(({ id }) => id === profile.id) ?? {};
  terminal.result(
    { type: 'favourites', favourites: known },
    known.length === 0 ? 'No favourite yet.' : known.join('\n'),
  );
}
