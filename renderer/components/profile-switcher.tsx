import { Check, ChevronsUpDown, CircleAlert, Plus, UserPlus } from 'lucide-react';
import { accountAmong } from '../../shared/profile-labels.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { EnvironmentBadge } from '../../ui/components/environment-badge.tsx';
import { catalogOf } from '../model/current-profile.ts';
import { addressHost } from '../model/relay-address.ts';
import { profileStatusOf, type ProfileStatus } from '../model/profile-status.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { addAccountAt } from '../store/sign-in-to.ts';
import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLine } from '../../ui/components/menu.tsx';
import { RelayTile } from './relay-tile.tsx';
import { text } from '../../shared/messages/text.ts';

const tones: Record<ProfileStatus['tone'], string> = {
  ok: 'text-ok',
  busy: 'text-warning',
  off: 'text-mute',
  attention: 'text-bad',
};

function StatusLine({ status }: { status: ProfileStatus }) {
  return (
    <span className={`flex items-center gap-1.5 text-xs whitespace-nowrap ${tones[status.tone]}`}>
      {status.tone === 'attention' ? (
        <CircleAlert aria-hidden className="size-3" />
      ) : (
        <span aria-hidden className="size-[7px] shrink-0 rounded-full bg-current" />
      )}
      {status.label}
    </span>
  );
}

/** The relay in front with its state; the menu changes to another one or adds one. */
export function ProfileSwitcher({
  profile,
  profiles,
}: {
  profile: ProfileSnapshot;
  profiles: readonly ProfileSnapshot[];
}) {
  const status = profileStatusOf(profile);
  const account = accountAmong(profiles, profile);
  const trigger = (
    <button
      type="button"
      className="flex w-full items-center gap-2 rounded-[10px] border border-line bg-panel p-1.5 text-start transition-colors hover:border-edge/60 @max-[8rem]:justify-center @min-[8rem]:py-2 @min-[8rem]:pe-2 @min-[8rem]:ps-2.5"
    >
      <span className="relative">
        <RelayTile profile={profile} />
        <span
          aria-hidden
          className={`absolute -end-1 -bottom-1 size-2.5 rounded-full border-2 border-panel bg-current @min-[8rem]:hidden ${tones[status.tone]}`}
        />
      </span>
      <span className="min-w-0 flex-1 leading-tight @max-[8rem]:sr-only">
        <span className="sr-only">{text('shell.relay')} </span>
        <span className="flex flex-wrap items-center gap-x-1.5">
          <span data-name className="max-w-full truncate text-sm font-semibold" title={profile.relayName}>
            {profile.relayName}
          </span>
          <EnvironmentBadge environment={catalogOf(profile)?.look?.environment} />
        </span>
        {account !== null && (
          <span className="block truncate text-xs text-mute" title={account}>
            {account}
          </span>
        )}
        <StatusLine status={status} />
      </span>
      <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-faint @max-[8rem]:hidden" />
    </button>
  );
  return (
    <Menu trigger={trigger} label={text('shell.relays')}>
      <MenuChoices value={profile.id} onValueChange={(profileId) => command('profile:select', { profileId })}>
        {profiles.map((each) => (
          <MenuChoice key={each.id} value={each.id}>
            <RelayTile profile={each} />
            <span className="min-w-0 flex-1 leading-tight">
              <span className="block truncate font-medium">{each.relayName}</span>
              <span className="flex gap-2 text-xs text-mute">
                <StatusLine status={profileStatusOf(each)} />
                <span className="truncate">{accountAmong(profiles, each) ?? addressHost(each.relayUrl)}</span>
              </span>
            </span>
            {each.id === profile.id && <Check aria-hidden className="size-4 text-accent" />}
          </MenuChoice>
        ))}
      </MenuChoices>
      <MenuLine />
      {profile.account !== undefined && (
        <MenuItem onSelect={() => addAccountAt(profile.relayUrl)}>
          <UserPlus aria-hidden className="size-4 text-mute" />
          {text('accounts.add-at', { relay: profile.relayName })}
        </MenuItem>
      )}
      <MenuItem onSelect={() => useApp.setState({ addingRelay: true })}>
        <Plus aria-hidden className="size-4 text-mute" />
        {text('relays.add')}
      </MenuItem>
    </Menu>
  );
}
