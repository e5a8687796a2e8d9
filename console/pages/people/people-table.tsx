import { UserRoundSearch } from 'lucide-react';
import { useMemo } from 'react';
import { Badge } from '../../../ui/components/badge.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import type { ListedPerson, Readings } from '../../api/admin-api.ts';
import { usePages } from '../../api/use-pages.ts';
import { hrefOf, useFilter } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { useSettled } from '../use-settled.ts';
import { insteadOfRows } from '../page-frame.tsx';

const columns: readonly DataColumn<ListedPerson>[] = [
  { id: 'person', title: 'Person', value: ({ username }) => username, minPx: 120, grow: 2, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: ({ locked }) => (locked ? 'locked' : null),
    show: ({ locked }) => (locked ? <Badge tone="bad">locked</Badge> : ''),
    minPx: 64,
    grow: 0.5,
    rank: 1,
  },
  timeColumn({
    id: 'used',
    title: 'Last used',
    at: ({ lastUsedAtMs }) => lastUsedAtMs,
    minPx: 90,
    rank: 2,
  }),
  { id: 'sessions', title: 'Sessions', value: ({ sessions }) => sessions, minPx: 70, grow: 0.6, align: 'end', rank: 4 },
  { id: 'kind', title: 'Kind', value: ({ kind }) => kind, minPx: 70, grow: 0.6, rank: 5 },
  { id: 'provider', title: 'Provider', value: ({ provider }) => provider, minPx: 120, rank: 3 },
  { id: 'subject', title: 'Subject', value: ({ subject }) => subject, minPx: 140, grow: 1.5, rank: 6, isExtra: true },
];

const rowsOf = (page: Readings['/admin/v1/people']) => page.people;
const idOf = ({ id }: ListedPerson) => id;
const live = { live: ['session', 'lock', 'administrator'] } as const;

/** Finds people by part of the name. */
export function PeopleTable() {
  const [search, setSearch] = useFilter('q');
  const asked = useSettled(search.trim());
  const params = useMemo(() => ({ search: asked }), [asked]);
  const { reading, rows, isOld, more } = usePages('/admin/v1/people', params, rowsOf, idOf, live);
  return (
    <DataTable
      label="People"
      columns={columns}
      rows={rows}
      idOf={idOf}
      hrefOf={({ id }) => hrefOf('people', [id])}
      more={more}
      isOld={isOld}
      instead={insteadOfRows({ reading, isOld }, 'people')}
      empty={
        <EmptyState
          icon={UserRoundSearch}
          title={search === '' ? 'Nobody was here yet' : 'No match'}
          text={
            search === ''
              ? 'People show here once they have signed in with the app or the command line.'
              : 'Nobody who was here in the last 90 days has that in their name, or as their subject.'
          }
        />
      }
    >
      <SearchField label="Find a person by name or subject" value={search} onChange={setSearch} />
    </DataTable>
  );
}
