import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { useEffect, useRef } from 'react';
import { focusHeading } from '../../ui/components/keep-focus.ts';
import { ColourLine } from '../components/colour-line.tsx';
import { BannerBar } from '../components/banner-bar.tsx';
import { ProxySignInForm } from '../components/proxy-sign-in-form.tsx';
import { CommandPalette } from '../components/command-palette.tsx';
import { PlaceChooser } from '../components/place-chooser.tsx';
import { Sidebar } from '../components/sidebar.tsx';
import { useShortcuts } from '../components/use-shortcuts.ts';
import { currentProfileOf } from '../model/current-profile.ts';
import { type Screen, useApp } from '../store/app-store.ts';
import { AccessScreen } from './access-screen.tsx';
import { ActivityScreen } from './activity-screen.tsx';
import { ApisScreen } from './apis-screen.tsx';
import { RequestsScreen } from './requests-screen.tsx';
import { DiagnosticsScreen } from './diagnostics-screen.tsx';
import { SessionsScreen } from './sessions-screen.tsx';
import { SettingsScreen } from './settings-screen.tsx';

/** The window of a signed-in person: sidebar, at most one banner, one screen. */
export function Shell({ snapshot }: { snapshot: Snapshot }) {
  useShortcuts();
  const screen = useApp((state) => state.screen);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(screen);
  useEffect(() => {
    if (shown.current === screen) return;
    shown.current = screen;
    // Whoever changes the screen reads on at its heading, unless something on it has the focus already.
    if (main.current?.contains(document.activeElement) !== true) focusHeading();
  }, [screen]);
  const profile = currentProfileOf(snapshot);
  if (profile === null) return null;
  return (
    <div className="flex h-full">
      <Sidebar snapshot={snapshot} profile={profile} />
      <div className="flex min-w-0 flex-1 flex-col">
        <ColourLine snapshot={snapshot} profile={profile} />
        <BannerBar />
        {snapshot.proxySignIn !== undefined && (
          <div className="border-b border-line p-3">
            <ProxySignInForm wanted={snapshot.proxySignIn} />
          </div>
        )}
        <main ref={main} tabIndex={-1} className="flex min-h-0 flex-1">
          <CurrentScreen key={profile.id} screen={screen} snapshot={snapshot} profile={profile} />
        </main>
      </div>
      <CommandPalette snapshot={snapshot} />
      <PlaceChooser snapshot={snapshot} />
    </div>
  );
}

function CurrentScreen({
  screen,
  snapshot,
  profile,
}: {
  screen: Screen;
  snapshot: Snapshot;
  profile: ProfileSnapshot;
}) {
  switch (screen) {
    case 'apis':
      return <ApisScreen profile={profile} />;
    case 'activity':
      return <ActivityScreen profile={profile} />;
    case 'access':
      return <AccessScreen profile={profile} />;
    case 'requests':
      return <RequestsScreen profile={profile} />;
    case 'sessions':
      return <SessionsScreen snapshot={snapshot} profile={profile} />;
    case 'diagnostics':
      return <DiagnosticsScreen profile={profile} />;
    case 'settings':
      return <SettingsScreen snapshot={snapshot} profile={profile} />;
  }
}
