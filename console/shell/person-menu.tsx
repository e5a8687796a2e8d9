import { LogOut, Moon, Sun, SunMoon } from 'lucide-react';
import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLine } from '../../ui/components/menu.tsx';
import { formatAbsolute } from '../../ui/model/format.ts';
import { initialsOf } from '../../ui/model/tile.ts';
import type { Me } from '../api/admin-api.ts';
import { leave } from '../store/sign-in.ts';
import { chooseTheme, type Theme, useTheme } from '../store/theme.ts';

const themes = [
  { id: 'system', name: 'As the system', icon: SunMoon },
  { id: 'light', name: 'Light', icon: Sun },
  { id: 'dark', name: 'Dark', icon: Moon },
] as const;

/** The operator with their roles, the colours, and the way out. */
export function PersonMenu({ me, isSmall = false }: { me: Me; isSmall?: boolean }) {
  const theme = useTheme((state) => state.theme);
  const name = me.person?.username ?? me.name;
  const roles = me.roles.join(', ');
  const { at, endsAtMs } = me.signIn;
  const words = isSmall ? 'sr-only' : 'min-w-0 flex-1 leading-tight @max-[8rem]:sr-only';
  const trigger = (
    <button
      type="button"
      className={`flex items-center gap-2.5 rounded-[10px] text-start transition-colors hover:bg-line/60 ${isSmall ? 'p-1' : 'w-full px-2.5 py-2 @max-[8rem]:justify-center @max-[8rem]:px-0'}`}
    >
      <span
        aria-hidden
        className="grid size-7 shrink-0 place-items-center rounded-full bg-person text-xs font-semibold text-on-person"
      >
        {initialsOf(name)}
      </span>
      <span className={words}>
        <span className="sr-only">Signed in as </span>
        <span className="block truncate">{name}</span>
        <span className="block truncate text-xs text-faint">{roles}</span>
      </span>
    </button>
  );
  return (
    <Menu trigger={trigger} label="You" side={isSmall ? 'bottom' : 'top'}>
      <div className="px-2.5 py-1.5 leading-tight">
        <div className="font-semibold break-words">{name}</div>
        <div className="text-xs text-mute">{roles}</div>
        {endsAtMs !== null && (
          <div className="mt-1 text-xs text-mute">
            {at === null ? 'Signed in' : `Signed in at ${at}`}, until {formatAbsolute(endsAtMs)}
          </div>
        )}
      </div>
      <MenuLine />
      <MenuChoices value={theme} onValueChange={(value) => chooseTheme(value as Theme)}>
        {themes.map(({ id, name: label, icon: Icon }) => (
          <MenuChoice key={id} value={id}>
            <Icon aria-hidden className="size-4 text-mute" />
            <span className={id === theme ? 'font-semibold' : ''}>{label}</span>
          </MenuChoice>
        ))}
      </MenuChoices>
      <MenuLine />
      <MenuItem onSelect={() => void leave()}>
        <LogOut aria-hidden className="size-4 text-mute" />
        Sign out
      </MenuItem>
    </Menu>
  );
}
