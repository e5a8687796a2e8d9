import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { apiName } from '../model/current-profile.ts';
import type { ActivityFilter } from '../model/activity-log.ts';
import { useApp } from '../store/app-store.ts';
import { SearchField } from '../../ui/components/search-field.tsx';
import { searchKeys } from './search-keys.ts';
import { Segmented } from '../../ui/components/segmented.tsx';
import { text } from '../../shared/messages/text.ts';

/** Narrows the activity by text, API and decision. */
export function ActivityFilters({ catalog, log }: { catalog: Catalog | null; log: readonly ActivityEntry[] }) {
  const filter = useApp((state) => state.activityFilter);
  const change = (part: Partial<ActivityFilter>) =>
    useApp.setState((state) => ({ activityFilter: { ...state.activityFilter, ...part } }));
  const ids = [...new Set([...log.map((entry) => entry.api), ...(filter.api === null ? [] : [filter.api])])];
  const apis = ids
    .map((id) => ({ id, name: apiName(catalog, id) }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
  return (
    <div className="mb-3 flex flex-wrap gap-2.5">
      <SearchField
        label={text('activity.search')}
        value={filter.text}
        shortcut={searchKeys()}
        onChange={(wanted) => change({ text: wanted })}
      />
      <select
        aria-label={text('activity.api')}
        value={filter.api ?? ''}
        onChange={(event) => change({ api: event.target.value === '' ? null : event.target.value })}
        className="h-9 max-w-44 rounded-[9px] border border-line bg-panel px-2.5"
      >
        <option value="">{text('activity.all-apis')}</option>
        {apis.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Segmented
        label={text('activity.decision')}
        value={filter.deniedOnly ? 'denied' : 'all'}
        options={[
          { value: 'all', label: text('app.all') },
          { value: 'denied', label: text('activity.filter.denied') },
        ]}
        onChange={(value) => change({ deniedOnly: value === 'denied' })}
      />
    </div>
  );
}
