import { channelPattern } from '../client/updates/feed-metadata.ts';
import { type ManagedState, managedValue } from '../shared/managed/managed-state.ts';

/** What IT decides about updates; what is left out is as the build has it. */
export interface UpdatePolicy {
  /** `automatic`: downloaded, and installed when nothing is in use. `ask`: the person says when. `off`: somebody else brings them. */
  readonly mode: 'automatic' | 'ask' | 'off';
  /** A feed of the company’s own, with metadata that the same key has signed. */
  readonly feed?: string;
  readonly channel?: string;
}

/** What is set from outside, before it is known to be well-formed. */
export interface UpdateWishes {
  readonly updates?: string | undefined;
  readonly updateFeed?: string | undefined;
  readonly updateChannel?: string | undefined;
}

/** What IT has set, else the environment’s wishes for the app’s start. */
export function updateWishes(
  environment: Readonly<Record<string, string | undefined>>,
  managed: ManagedState,
): UpdateWishes {
  return {
    updates: managedValue(managed, 'updates') ?? environment['CAUSEWAY_UPDATES'],
    updateFeed: managedValue(managed, 'updateFeed') ?? environment['CAUSEWAY_UPDATE_FEED'],
    updateChannel: managedValue(managed, 'updateChannel') ?? environment['CAUSEWAY_UPDATE_CHANNEL'],
  };
}

/** Makes a policy of wishes. A word for `updates` that isn’t known switches them off: IT meant to hold something back. */
export function updatePolicy({ updates, updateFeed, updateChannel }: UpdateWishes): UpdatePolicy {
  const mode = updates === undefined || updates === '' ? 'automatic' : updates;
  return {
    mode: mode === 'automatic' || mode === 'ask' ? mode : 'off',
    ...(updateFeed ? { feed: updateFeed } : {}),
    ...(updateChannel !== undefined && channelPattern.test(updateChannel) ? { channel: updateChannel } : {}),
  };
}
