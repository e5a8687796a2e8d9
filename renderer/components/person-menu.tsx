import { LogOut, MonitorSmartphone, UserRound } from 'lucide-react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { catalogOf } from '../model/current-profile.ts';
import { initialsOf } from '../../ui/model/tile.ts';
import { showScreen } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { Menu, MenuItem, MenuLine } from '../../ui/components/menu.tsx';
import { text } from '../../shared/messages/text.ts';

/** The signed-in person, with the way out. */
export function PersonMenu({ profile }: { profile: ProfileSnapshot }) {
  const person = catalogOf(profile)?.person;
  const name = person?.name ?? text('shell.your-account');
  const trigger = (
    <button
      type="button"
      className="flex w-full items-center gap-2.5 rounded-[10px] px-2.5 py-2 text-start transition-colors hover:bg-line/60 @max-[8rem]:justify-center @max-[8rem]:px-0"
    >
      <span
        aria-hidden
        className="grid size-7 shrink-0 place-items-center rounded-full bg-person text-xs font-semibold text-on-person"
      >
        {person === undefined ? <UserRound className="size-4" /> : initialsOf(name)}
      </span>
      <span className="min-w-0 flex-1 leading-tight @max-[8rem]:sr-only">
        <span className="sr-only">{text('shell.account-of')} </span>
        <span className="block truncate">{name}</span>
        <span className="block truncate text-xs text-faint">{person?.groups.join(', ')}</span>
      </span>
    </button>
  );
  return (
    <Menu trigger={trigger} label={text('shell.account')} side="top">
      {person !== undefined && (
        <>
          <div className="px-2.5 py-1.5 leading-tight">
            <div className="font-semibold">{name}</div>
            <div className="text-xs text-mute">{person.email ?? person.subject}</div>
          </div>
          <MenuLine />
        </>
      )}
      <MenuItem onSelect={() => showScreen('sessions')}>
        <MonitorSmartphone aria-hidden className="size-4 text-mute" />
        {text('shell.your-sessions')}
      </MenuItem>
      <MenuItem onSelect={() => command('sign-in:sign-out', { profileId: profile.id })}>
        <LogOut aria-hidden className="size-4 text-mute" />
        {text('app.sign-out')}
      </MenuItem>
    </Menu>
  );
}
