import { SearchX } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { text } from '../../shared/messages/text.ts';
import { Button } from '../../ui/components/button.tsx';
import { EmptyState } from '../../ui/components/empty-state.tsx';
import { scrollerOf } from '../../ui/components/scroll-page.tsx';
import { SearchField } from '../../ui/components/search-field.tsx';
import type { FoundAccess } from '../model/access-search.ts';
import { useApp } from '../store/app-store.ts';
import { searchKeys } from './search-keys.ts';

/** The search of the Access screen, in reach however far the screen is scrolled, with what becomes of it. Arrow down goes on to what was found. */
export function AccessSearch({ found: { isSearch, count } }: { found: FoundAccess }) {
  const search = useApp((state) => state.accessSearch);
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <div data-floats className="sticky top-0 z-10 -mx-1 -mt-2 mb-2 flex bg-ground px-1 py-2">
        <SearchField
          ref={field}
          label={text('access.search')}
          value={search}
          shortcut={searchKeys()}
          onChange={(accessSearch) => {
            useApp.setState({ accessSearch });
            // What fits best would else be above what is in view.
            scrollerOf(field.current)?.scrollTo({ top: 0 });
          }}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return;
            event.preventDefault();
            resultsAround(field.current)[0]?.focus();
          }}
        />
      </div>
      <output className={count === 0 ? 'sr-only' : 'mx-0.5 mb-3 block text-sm text-mute empty:mb-0'}>
        {isSearch && text(count === 0 ? 'app.no-match' : 'access.search.found', { count, search })}
      </output>
      {count === 0 && (
        <EmptyState icon={SearchX} title={text('app.no-match.title')} text={text('app.no-match', { search })}>
          <Button
            onClick={() => {
              useApp.setState({ accessSearch: '' });
              field.current?.focus();
            }}
          >
            {text('app.show-all')}
          </Button>
        </EmptyState>
      )}
    </>
  );
}

/** Arrow keys on something that was found: up and down from one to the next, and from the first back to the search. */
export function moveBetweenResults(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const at = event.currentTarget;
  const results = resultsAround(at);
  const next = results.indexOf(at) + step;
  const field = scrollerOf(at)?.querySelector<HTMLElement>('[role="searchbox"]') ?? null;
  (next < 0 ? field : results[next])?.focus();
}

function resultsAround(element: Element | null): readonly HTMLElement[] {
  return [...(scrollerOf(element)?.querySelectorAll<HTMLElement>('[data-result]') ?? [])];
}
