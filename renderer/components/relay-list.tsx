import { Plus } from 'lucide-react';
import { accountAmong, accountLabel } from '../../shared/profile-labels.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { addressHost } from '../model/relay-address.ts';
import { profileStatusOf } from '../model/profile-status.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { ColourMenu } from './colour-menu.tsx';
import { RelayTile } from './relay-tile.tsx';
import { text } from '../../shared/messages/text.ts';

/** The relays that the app knows, each with the way to forget it. */
export function RelayList({ snapshot }: { snapshot: Snapshot }) {
  return (
    <div className="overflow-hidden rounded-xl border border-line bg-panel">
      <ul>
        {snapshot.profiles.map((profile) => (
          <li key={profile.id} className="flex items-center gap-3 border-b border-line px-4 py-2.5">
            <RelayTile profile={profile} />
            <div className="min-w-0 flex-1 leading-tight">
              <div className="truncate font-medium">{profile.relayName}</div>
              <div className="truncate text-sm text-mute">{lineOf(snapshot, profile)}</div>
            </div>
            <ColourMenu profile={profile} label={accountLabel(snapshot, profile)} />
            <RemoveRelay profile={profile} label={accountLabel(snapshot, profile)} />
          </li>
        ))}
      </ul>
      <div className="px-4 py-2.5">
        <Button onClick={() => useApp.setState({ addingRelay: true })}>
          <Plus aria-hidden className="size-4" /> {text('relays.add')}
        </Button>
      </div>
    </div>
  );
}

function lineOf({ profiles }: Snapshot, profile: ProfileSnapshot): string {
  const host = addressHost(profile.relayUrl);
  const account = accountAmong(profiles, profile);
  const line = text('relays.line', { host, status: profileStatusOf(profile).label });
  return account === null ? line : text('accounts.line', { account, status: line });
}

function RemoveRelay({ profile, label }: { profile: ProfileSnapshot; label: string }) {
  return (
    <ConfirmDialog
      trigger={<Button aria-label={text('relays.remove-one', { relay: label })}>{text('relays.remove')}</Button>}
      title={text('relays.remove.title', { relay: label })}
      text={text('relays.remove.text')}
      action={text('relays.remove')}
      onConfirm={() => command('profile:remove', { profileId: profile.id })}
    />
  );
}
