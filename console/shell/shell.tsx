import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { useMedia } from '../../ui/components/use-media.ts';
import { Compass, Lock } from 'lucide-react';
import type { Me } from '../api/admin-api.ts';
import { useLive } from '../api/live.ts';
import { pageOf } from '../pages/pages.ts';
import { EarlyTyping } from '../palette/early-typing.tsx';
import { usePaletteKey } from '../palette/use-palette-key.ts';
import { usePlace } from '../route/place.ts';
import { checkSignIn } from '../store/sign-in.ts';
import { EmergencyBanner } from './emergency-banner.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { ProblemBanner } from './problem-banner.tsx';
import { setTitle } from './set-title.ts';
import { Sidebar } from './sidebar.tsx';
import { TopBar } from './top-bar.tsx';

const Palette = lazy(() => import('../palette/palette.tsx').then((module) => ({ default: module.Palette })));

const ofWho = ['relay'] as const;

/** The console of a signed-in operator: pages at the left, what is wrong above, one page. */
export function Shell({ me }: { me: Me }) {
  const { page: id } = usePlace();
  const page = pageOf(id);
  const isNarrow = useMedia('(max-width: 639px)');
  const main = useRef<HTMLElement>(null);
  const name = page?.name ?? 'Not found';
  const lastName = useRef(name);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  // The stream ends with the session that it is of: another one may have taken its place.
  useLive(ofWho, () => void checkSignIn());
  const early = useRef('');
  const before = useRef<HTMLElement | null>(null);
  const giveBack = useCallback(() => before.current?.focus(), []);
  const takeTyped = useCallback(() => {
    const text = early.current;
    early.current = '';
    return text;
  }, []);
  usePaletteKey(
    useCallback(() => {
      early.current = '';
      const { activeElement } = document;
      if (activeElement instanceof HTMLElement && activeElement.closest('[role="dialog"]') === null)
        before.current = activeElement;
      setPaletteOpen((isOpen) => !isOpen);
    }, []),
  );

  useEffect(() => {
    setTitle(name);
    // Another page: those who hear rather than see begin at its top.
    if (lastName.current !== name) main.current?.focus();
    lastName.current = name;
  }, [name]);

  return (
    <div className={`flex h-full ${isNarrow ? 'flex-col' : ''}`}>
      <a
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
        className="absolute start-2 top-2 z-50 -translate-y-20 rounded-lg border border-line bg-panel px-3 py-2 font-medium shadow-floating focus:translate-y-0"
      >
        Skip to the page
      </a>
      {isPaletteOpen && (
        <Suspense fallback={<EarlyTyping onTyped={(text) => (early.current = text)} />}>
          <Palette me={me} takeTyped={takeTyped} giveBack={giveBack} onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
      {isNarrow ? <TopBar me={me} current={page?.id ?? ''} /> : <Sidebar me={me} current={page?.id ?? ''} />}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <EmergencyBanner />
        <ProblemBanner />
        <main id="main" ref={main} tabIndex={-1} aria-label={name} className="flex min-h-0 flex-1">
          {page === undefined ? (
            <div className="flex-1">
              <h1 className="sr-only">Not found</h1>
              <EmptyState icon={Compass} title="There is no such page" text="Choose one at the left." />
            </div>
          ) : me.rights.includes(page.right) ? (
            <PageBoundary key={page.id}>
              <Suspense
                fallback={
                  <div className="flex-1 p-6">
                    <h1 className="sr-only">{name}</h1>
                    <SkeletonList label={`Loading ${name}`} />
                  </div>
                }
              >
                <page.Page key={me.name} />
              </Suspense>
            </PageBoundary>
          ) : (
            <div className="flex-1">
              <h1 className="sr-only">{name}</h1>
              <EmptyState
                icon={Lock}
                title={`${name} isn’t part of your role`}
                text={`You are ${me.roles.join(' and ')}. It needs the right ${page.right}; ask an owner for another role.`}
              />
            </div>
          )}
        </main>
      </div>
    </div>
  );
}
