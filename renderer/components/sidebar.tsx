import { Activity, Inbox, KeyRound, List, type LucideIcon, Monitor, Settings } from 'lucide-react';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { connectedCount } from '../model/current-profile.ts';
import { type Screen, showScreen, useApp } from '../store/app-store.ts';
import { Hint } from '../../ui/components/hint.tsx';
import { waitingCount } from '../model/request-list.ts';
import { NoticeBell } from './notice-bell.tsx';
import { PersonMenu } from './person-menu.tsx';
import { ProfileSwitcher } from './profile-switcher.tsx';
import { useMedia } from '../../ui/components/use-media.ts';
import { text } from '../../shared/messages/text.ts';

/** The screens in the order of the sidebar; Requests only for those who decide, Diagnostics where something is wrong. */
export const screens: readonly { readonly id: Exclude<Screen, 'diagnostics'>; readonly icon: LucideIcon }[] = [
  { id: 'apis', icon: List },
  { id: 'activity', icon: Activity },
  { id: 'access', icon: KeyRound },
  { id: 'requests', icon: Inbox },
  { id: 'sessions', icon: Monitor },
  { id: 'settings', icon: Settings },
];

/** Relay, screens and person; icons only when the window is narrow. */
export function Sidebar({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const narrow = useMedia('(max-width: 899px)');
  return (
    <div
      className={`@container flex shrink-0 flex-col gap-3.5 border-e border-line bg-side px-2.5 py-3.5 ${narrow ? 'w-16' : 'w-[216px]'}`}
    >
      <ProfileSwitcher profile={profile} profiles={snapshot.profiles} />
      <nav aria-label={text('shell.screens')} className="flex flex-col gap-0.5">
        {screensFor(profile).map((screen) => (
          <ScreenLink
            key={screen.id}
            {...screen}
            name={text(`shell.screen.${screen.id}`)}
            narrow={narrow}
            {...countOf(screen.id, profile)}
          />
        ))}
      </nav>
      <div className={`mt-auto flex gap-1 ${narrow ? 'flex-col items-center' : 'items-center'}`}>
        <div className="min-w-0 flex-1 self-stretch">
          <PersonMenu profile={profile} />
        </div>
        <NoticeBell />
      </div>
    </div>
  );
}

/** The screens that the person has. */
export function screensFor({ requests }: ProfileSnapshot): typeof screens {
  return screens.filter(({ id }) => id !== 'requests' || requests?.decides === true);
}

function countOf(screen: Screen, profile: ProfileSnapshot): Pick<ScreenLinkProps, 'count' | 'countText'> {
  if (screen === 'apis') return { count: connectedCount(profile), countText: null };
  const count = screen === 'requests' ? waitingCount(profile) : 0;
  return { count, countText: count === 0 ? null : text('requests.count', { count }) };
}

interface ScreenLinkProps {
  readonly id: Exclude<Screen, 'diagnostics'>;
  readonly name: string;
  readonly icon: LucideIcon;
  readonly narrow: boolean;
  readonly count: number;
  /** What the number says to a screen reader, where it waits for the person; then it stands out. */
  readonly countText: string | null;
}

function ScreenLink({ id, name, icon: Icon, narrow, count, countText }: ScreenLinkProps) {
  const current = useApp((state) => state.screen === id);
  const look = current ? 'bg-accent-weak text-accent' : 'text-mute hover:bg-line/60 hover:text-text';
  const link = (
    <a
      href={`#${id}`}
      aria-current={current ? 'page' : undefined}
      // oxlint-disable-next-line jsx-a11y/role-supports-aria-props -- a global attribute (WAI-ARIA 1.3 §6.6)
      aria-description={countText ?? undefined}
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
  const isShown = count > 0 && (!narrow || countText !== null);
  return (
    <div className="relative">
      {narrow ? (
        <Hint text={countText === null ? name : `${name}: ${countText}`} side="right">
          {link}
        </Hint>
      ) : (
        link
      )}
      {isShown && (
        <span
          aria-hidden
          className={`pointer-events-none absolute flex items-center text-xs tabular-nums ${narrow ? 'end-0 top-0' : 'inset-y-0 end-2.5'} ${countText === null ? 'text-faint' : 'text-on-fill'} ${current ? 'forced-colors:forced-color-adjust-none forced-colors:text-[HighlightText]' : ''}`}
        >
          {countText === null ? (
            count
          ) : (
            <span className="grid h-4 min-w-4 place-items-center rounded-full bg-accent-fill px-1 text-[10px] leading-none font-semibold">
              {count}
            </span>
          )}
        </span>
      )}
    </div>
  );
}
