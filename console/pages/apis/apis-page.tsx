import { Boxes } from 'lucide-react';
import { useMemo } from 'react';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import { formatCount } from '../../../ui/model/format.ts';
import type { Api } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import { hrefOf, useFilter, usePlace } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { DataTable } from '../../table/data-table.tsx';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { ApiView } from './api-view.tsx';

const columns: readonly DataColumn<Api>[] = [
  { id: 'name', title: 'API', value: ({ name }) => name, minPx: 120, grow: 0.8, rank: 0 },
  { id: 'id', title: 'Id', value: ({ id }) => id, minPx: 90, grow: 0.5, rank: 2 },
  { id: 'upstream', title: 'Where it is', value: ({ upstream }) => upstream, minPx: 220, grow: 3, rank: 3 },
  { id: 'rules', title: 'Rules', value: ({ rules }) => rules, minPx: 56, grow: 0.1, align: 'end', rank: 1 },
  {
    id: 'roles',
    title: 'May be asked for',
    value: ({ roles }) => roles.join(', ') || null,
    minPx: 120,
    grow: 0.8,
    rank: 4,
  },
  { id: 'owner', title: 'Owner', value: ({ owner }) => owner, minPx: 140, grow: 1.2, rank: 5 },
];

/** The APIs behind the relay; one with how it answers, its rules and its use. */
export function ApisPage() {
  const [api] = usePlace().parts;
  return api === undefined ? <ApiTable /> : <ApiView key={api} api={api} />;
}

function ApiTable() {
  const reading = useReading('/admin/v1/apis');
  const [search, setSearch] = useFilter('q');
  const all = reading.value?.apis;
  const shown = useMemo(() => found(all ?? [], search), [all, search]);
  return (
    <PageFrame
      title="APIs"
      shape="fill"
      text={all === undefined ? 'What people reach by the relay.' : formatCount(all.length, 'API', 'APIs')}
    >
      <WhenRead reading={reading} label="APIs">
        {() => (
          <DataTable
            label="APIs"
            columns={columns}
            rows={shown}
            idOf={({ id }) => id}
            hrefOf={({ id }) => hrefOf('apis', [id])}
            empty={
              <EmptyState
                icon={Boxes}
                title={search === '' ? 'No APIs' : 'No match'}
                text={search === '' ? 'The config names none under “apis”.' : 'No API has these words.'}
              />
            }
          >
            <SearchField label="Search APIs" value={search} onChange={setSearch} />
          </DataTable>
        )}
      </WhenRead>
    </PageFrame>
  );
}

function found(all: readonly Api[], search: string): readonly Api[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ id, name, description, owner, upstream, roles }) => {
    const text = [id, name, description, owner ?? '', upstream, ...roles].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
