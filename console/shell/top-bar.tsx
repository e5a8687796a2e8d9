import { Menu as MenuIcon } from 'lucide-react';
import { IconButton } from '../../ui/components/icon-button.tsx';
import { Menu, MenuItem } from '../../ui/components/menu.tsx';
import type { Me } from '../api/admin-api.ts';
import { pages } from '../pages/pages.ts';
import { goTo, hrefOf } from '../route/place.ts';
import { PersonMenu } from './person-menu.tsx';
import { countWords } from './sidebar.tsx';
import { usePageCounts } from './use-page-counts.ts';

/** What the sidebar holds, for the narrowest windows. */
export function TopBar({ me, current }: { me: Me; current: string }) {
  const counts = usePageCounts(me);
  return (
    <header className="flex shrink-0 items-center gap-2 border-b border-line bg-side px-2 py-1.5">
      <nav aria-label="Pages">
        <Menu
          label="Pages"
          trigger={
            <IconButton label="Pages" className="size-9">
              <MenuIcon aria-hidden className="size-5" />
            </IconButton>
          }
        >
          {pages
            .filter(({ right }) => me.rights.includes(right))
            .map(({ id, name, icon: Icon }) => (
              <MenuItem key={id} onSelect={() => goTo(hrefOf(id))} aria-current={id === current ? 'page' : undefined}>
                <Icon aria-hidden className="size-4 text-mute" />
                <span className="flex-1">{name}</span>
                {(counts[id] ?? 0) > 0 && <span className="text-xs tabular-nums">{countWords(counts[id] ?? 0)}</span>}
              </MenuItem>
            ))}
        </Menu>
      </nav>
      <span className="min-w-0 flex-1 truncate font-semibold">{me.relay.name}</span>
      <PersonMenu me={me} isSmall />
    </header>
  );
}
