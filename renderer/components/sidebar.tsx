import { Activity, KeyRound, List, type LucideIcon, Monitor, Settings } from 'lucide-react';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { connectedCount } from '../model/current-profile.ts';
import { type Screen, showScreen, useApp } from '../store/app-store.ts';
import { Hint } from '../../ui/components/hint.tsx';
import { PersonMenu } from './person-menu.tsx';
import { ProfileSwitcher } from './profile-switcher.tsx';
import { useMedia } from '../../ui/components/use-media.ts';
import { text } from '../../shared/messages/text.ts';

/** The screens in the order of the sidebar. */
export const screens: readonly { readonly id: Screen; readonly icon: LucideIcon }[] = [
  { id: 'apis', icon: List },
  { id: 'activity', icon: Activity },
  { id: 'access', icon: KeyRound },
  { id: 'sessions', icon: Monitor },
  { id: 'settings', icon: Settings },
];

/** Relay, screens and person; icons only when the window is narrow. */
export function Sidebar({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const narrow = useMedia('(max-width: 899px)');
  return (
    <div
      className={`@container flex shrink-0 flex-col gap-3.5 border-r border-line bg-side px-2.5 py-3.5 ${narrow ? 'w-16' : 'w-[216px]'}`}
    >
      <ProfileSwitcher profile={profile} profiles={snapshot.profiles} />
      <nav aria-label={text('shell.screens')} className="flex flex-col gap-0.5">
        {screens.map((screen) => (
          <ScreenLink
            key={screen.id}
            {...screen}
            name={text(`shell.screen.${screen.id}`)}
            narrow={narrow}
            count={screen.id === 'apis' ? connectedCount(profile) : 0}
          />
        ))}
      </nav>
      <div className="mt-auto">
        <PersonMenu profile={profile} />
      </div>
    </div>
  );
}

interface ScreenLinkProps {
  readonly id: Screen;
  readonly name: string;
  readonly icon: LucideIcon;
  readonly narrow: boolean;
  readonly count: number;
}

function ScreenLink({ id, name, icon: Icon, narrow, count }: ScreenLinkProps) {
  const current = useApp((state) => state.screen === id);
  const look = current ? 'bg-accent-weak text-accent' : 'text-mute hover:bg-line/60 hover:text-text';
  const link = (
    <a
      href={`#${id}`}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        event.preventDefault();
        showScreen(id);
      }}
      className={`flex h-[34px] items-center gap-2.5 rounded-lg font-medium transition-colors ${narrow ? 'justify-center' : 'px-2.5'} ${look}`}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      <span className={narrow ? 'sr-only' : ''}>{name}</span>
    </a>
  );
  if (narrow) {
    return (
      <Hint text={name} side="right">
        {link}
      </Hint>
    );
  }
  return (
    <div className="relative">
      {link}
      {count > 0 && (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-faint tabular-nums"
        >
          {count}
        </span>
      )}
    </div>
  );
}
