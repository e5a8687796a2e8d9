import { MonitorSmartphone } from 'lucide-react';
import { useMemo } from 'react';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import type { Readings, Session } from '../../api/admin-api.ts';
import { usePages } from '../../api/use-pages.ts';
import { Link } from '../../route/link.tsx';
import { hrefOf, setFilters, useFilter } from '../../route/place.ts';
import { DataTable } from '../../table/data-table.tsx';
import { insteadOfRows } from '../page-frame.tsx';
import { useSettled } from '../use-settled.ts';
import { EndSession } from './end-session.tsx';
import { personId } from './person-id.ts';
import { sessionColumns } from './session-columns.tsx';

const rowsOf = (page: Readings['/admin/v1/sessions']) => page.sessions;
const idOf = ({ id }: Session) => id;
const live = { live: ['session', 'lock', 'administrator'] } as const;

/** What sessions are looked for by; each is a filter of the admin API. */
const filters = [
  { value: 'person', label: 'Person', hint: 'User name or subject' },
  { value: 'device', label: 'Device', hint: 'Name or id of the device' },
  { value: 'address', label: 'Address', hint: 'IP address' },
  { value: 'api', label: 'API', hint: 'Id of the API' },
  { value: 'appVersion', label: 'App version', hint: 'Version, such as 0.1.0' },
  { value: 'session', label: 'Session', hint: 'Id of the session' },
] as const;

/** Sessions of everybody, by one filter, with the way to end each. */
export function SessionsTable() {
  const [search, setSearch] = useFilter('q');
  const [by, setBy] = useFilter('by');
  const [all, setAll] = useFilter('all');
  const filter = filters.find(({ value }) => value === by) ?? filters[0];
  const asked = useSettled(search.trim());
  const params = useMemo(
    () => ({ [filter.value]: asked, ...(all === '' ? {} : { all: true }) }),
    [filter.value, asked, all],
  );
  const { reading, rows, isOld, more } = usePages('/admin/v1/sessions', params, rowsOf, idOf, live);
  // A name that no session has is refused by the relay: for a search that is an empty list.
  const isUnknown = reading.status === 'failed' && reading.problem.code === 'bad-input' && asked !== '';
  return (
    <DataTable
      label="Sessions"
      columns={sessionColumns}
      rows={isUnknown ? [] : rows}
      idOf={idOf}
      hrefOf={(session) => hrefOf('people', [personId(session)])}
      more={isUnknown ? null : more}
      isOld={isOld}
      instead={isUnknown ? null : insteadOfRows({ reading, isOld }, 'sessions')}
      actions={(session) => <EndSession session={session} onDone={reading.refresh} />}
      empty={
        <EmptyState
          icon={MonitorSmartphone}
          title={search === '' ? 'Nobody is signed in' : 'No match'}
          text={
            search === ''
              ? 'Sessions show here once people sign in.'
              : `No session has this ${filter.label.toLowerCase()}. Write the whole of it.`
          }
        >
          {search !== '' && (
            <p className="flex flex-wrap justify-center gap-x-4 gap-y-1">
              {filter.value === 'person' && (
                <Link href={hrefOf('people', [], { q: search })} className="text-accent underline">
                  Find people with this in their name
                </Link>
              )}
              <button type="button" className="text-accent underline" onClick={() => setFilters({ q: null })}>
                Show all
              </button>
            </p>
          )}
        </EmptyState>
      }
    >
      <select
        aria-label="Look for"
        value={filter.value}
        onChange={(event) => setBy(event.target.value === 'person' ? '' : event.target.value)}
        className="h-9 rounded-[9px] border border-line bg-panel px-2"
      >
        {filters.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <SearchField label={filter.hint} value={search} onChange={setSearch} />
      <label className="flex h-9 items-center gap-2 text-sm">
        <input type="checkbox" checked={all !== ''} onChange={(event) => setAll(event.target.checked ? '1' : '')} />
        Ended, too
      </label>
    </DataTable>
  );
}
