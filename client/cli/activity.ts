import { AccessError } from '../../shared/errors.ts';
import { settledProfile, type SharedContext } from './command-context.ts';
import { showRequest } from './show-request.ts';

export interface ActivityOptions {
  readonly api?: string;
  readonly denied?: boolean;
  readonly last?: number;
}

const defaultLast = 50;

/** `causeway activity`: the person's last requests, newest last, as the app or this state folder knows them. */
export async function activity(context: SharedContext, options: ActivityOptions): Promise<void> {
  const { core, terminal } = context;
  const profile = await settledProfile(context);
  if (profile === undefined) throw new AccessError('not-signed-in', 'You aren’t signed in.');
  const log = await core.activity(profile.id);
  const entries = log.entries.filter(
    ({ api, decision, outcome }) =>
      outcome !== 'pending' &&
      (options.api === undefined || api === options.api) &&
      (options.denied !== true || decision === 'deny'),
  );
  const shown = entries.slice(-(options.last ?? defaultLast));
  for (const entry of shown) showRequest(terminal, entry);
  if (shown.length === 0)
    terminal.note('No request is known here. The running app remembers yours, and “causeway connect” shows them.');
  else if (shown.length < entries.length)
    terminal.note(`${entries.length - shown.length} older ones aren’t shown: --last ${entries.length}`);
}
