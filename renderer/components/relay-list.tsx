import { Plus } from 'lucide-react';
import { AlertDialog } from 'radix-ui';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { addressHost } from '../model/relay-address.ts';
import { profileStatusOf } from '../model/profile-status.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { Button } from './button.tsx';
import { Tile } from './tile.tsx';
import { overlays } from './overlays.ts';

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
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>
        <Button aria-label={`Remove ${profile.relayName}`}>Remove</Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal container={overlays()}>
        {/* The library's own overlay adds a style element, which the page's content security policy refuses. */}
        <div aria-hidden className="fixed inset-0 z-40 bg-[rgb(0_0_0/40%)]" />
        <AlertDialog.Content
          aria-modal
          className="appear fixed top-1/2 left-1/2 z-50 grid w-[400px] max-w-[calc(100vw-2rem)] -translate-1/2 gap-2 rounded-2xl border border-line bg-panel p-5 shadow-floating"
        >
          <AlertDialog.Title className="text-lg font-semibold">Remove {profile.relayName}?</AlertDialog.Title>
          <AlertDialog.Description className="text-mute">
            You are signed out there, its connections end, and its favourites and ports are forgotten.
          </AlertDialog.Description>
          <div className="mt-3 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look="danger" onClick={() => command('profile:remove', { profileId: profile.id })}>
                Remove
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
