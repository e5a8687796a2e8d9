import { useEffect, useRef } from 'react';
import { bridge } from '../bridge.ts';
import { type ApiFilter } from '../model/api-list.ts';
import { useApp } from '../store/app-store.ts';
import { SearchField } from '../../ui/components/search-field.tsx';
import { Segmented } from '../../ui/components/segmented.tsx';

const filters: readonly { readonly value: ApiFilter; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'connected', label: 'Connected' },
  { value: 'locked', label: 'Locked' },
];

/** Search and filter of the list of APIs. Arrow down goes on to the list. */
export function ApiToolbar({ onArrowDown }: { onArrowDown: () => void }) {
  const search = useApp((state) => state.apiSearch);
  const filter = useApp((state) => state.apiFilter);
  const requests = useApp((state) => state.searchRequests);
  const field = useRef<HTMLInputElement>(null);
  const seen = useRef(0);
  useEffect(() => {
    if (requests === seen.current) return;
    seen.current = requests;
    field.current?.focus();
    field.current?.select();
  }, [requests]);
  return (
    <div className="mb-1 flex flex-wrap gap-2.5">
      <SearchField
        ref={field}
        label="Search APIs"
        value={search}
        shortcut={bridge().platform === 'darwin' ? '⌘ K' : 'Ctrl K'}
        onChange={(apiSearch) => useApp.setState({ apiSearch })}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          onArrowDown();
        }}
      />
      <Segmented
        label="Show"
        value={filter}
        options={filters}
        onChange={(apiFilter) => useApp.setState({ apiFilter })}
      />
    </div>
  );
}
