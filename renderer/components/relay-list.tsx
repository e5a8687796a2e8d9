import { Plus } from 'lucide-react';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { addressHost } from '../model/relay-address.ts';
import { profileStatusOf } from '../model/profile-status.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { Tile } from '../../ui/components/tile.tsx';

/** The relays that the app knows, each with the way to forget it. */
export function RelayList({ snapshot }: { snapshot: Snapshot }) {
  return (
    <div className="overflow-hidden rounded-xl border border-line bg-panel">
      <ul>
        {snapshot.profiles.map((profile) => (
          <li key={profile.id} className="flex items-center gap-3 border-b border-line px-4 py-2.5">
            <Tile id={profile.relayUrl} name={profile.relayName} small />
            <div className="min-w-0 flex-1 leading-tight">
              <div className="truncate font-medium">{profile.relayName}</div>
              <div className="truncate text-sm text-mute">
                {addressHost(profile.relayUrl)}, {profileStatusOf(profile).label.toLowerCase()}
              </div>
            </div>
            <RemoveRelay profile={profile} />
          </li>
        ))}
      </ul>
      <div className="px-4 py-2.5">
        <Button onClick={() => useApp.setState({ addingRelay: true })}>
          <Plus aria-hidden className="size-4" /> Add a relay
        </Button>
      </div>
    </div>
  );
}

function RemoveRelay({ profile }: { profile: ProfileSnapshot }) {
  return (
    <ConfirmDialog
      trigger={<Button aria-label={`Remove ${profile.relayName}`}>Remove</Button>}
      title={`Remove ${profile.relayName}?`}
      text="You are signed out there, its connections end, and its favourites and ports are forgotten."
      action="Remove"
      onConfirm={() => command('profile:remove', { profileId: profile.id })}
    />
  );
}
