import { accountLabel } from '../../shared/profile-labels.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { profileStatusOf } from '../model/profile-status.ts';
import { command } from '../store/commands.ts';
import { RelayTile } from './relay-tile.tsx';
import { text } from '../../shared/messages/text.ts';

/** Relays besides the current one, to go to from the sign-in. */
export function OtherRelays({ snapshot }: { snapshot: Snapshot }) {
  const others = snapshot.profiles.filter((profile) => profile.id !== snapshot.currentProfileId);
  if (others.length === 0) return null;
  return (
    <section className="grid gap-1.5">
      <h2 className="text-xs font-semibold text-faint">{text('relays.others')}</h2>
      <ul className="overflow-hidden rounded-xl border border-line bg-panel">
        {others.map((profile) => (
          <li key={profile.id} className="border-t border-line first:border-t-0">
            <button
              type="button"
              className="flex w-full items-center gap-2.5 px-3 py-2 text-start -outline-offset-2 transition-colors hover:bg-side"
              onClick={() => command('profile:select', { profileId: profile.id })}
            >
              <RelayTile profile={profile} />
              <span className="min-w-0 flex-1 truncate font-medium">{accountLabel(snapshot, profile)}</span>
              <span className="text-sm text-mute">{profileStatusOf(profile).label}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
