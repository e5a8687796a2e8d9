import { useEffect, useRef } from 'react';
import { type ApiFilter } from '../model/api-list.ts';
import { useApp } from '../store/app-store.ts';
import { SearchField } from '../../ui/components/search-field.tsx';
import { searchKeys } from './search-keys.ts';
import { Segmented } from '../../ui/components/segmented.tsx';
import { text } from '../../shared/messages/text.ts';

const filters: readonly ApiFilter[] = ['all', 'connected', 'locked'];

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
        label={text('apis.search')}
        value={search}
        shortcut={searchKeys()}
        onChange={(apiSearch) => useApp.setState({ apiSearch })}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          onArrowDown();
        }}
      />
      <Segmented
        label={text('apis.show')}
        value={filter}
        options={filters.map((value) => ({ value, label: text(`apis.filter.${value}`) }))}
        onChange={(apiFilter) => useApp.setState({ apiFilter })}
      />
    </div>
  );
}
