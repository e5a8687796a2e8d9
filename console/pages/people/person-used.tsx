import { PartTitle } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import type { SeenPerson } from '../../api/admin-api.ts';
import { hrefOf } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { requestColumns } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';

type Use = SeenPerson['usage']['rows'][number];

const columns: readonly DataColumn<Use>[] = [
  { id: 'api', title: 'API', value: ({ api }) => api, minPx: 100, grow: 2, rank: 0 },
  ...requestColumns<Use>(),
  {
    id: 'last',
    title: 'Last',
    value: ({ lastHour }) => Date.parse(lastHour),
    show: ({ lastHour }) => <Moment timeMs={Date.parse(lastHour)} />,
    text: ({ lastHour }) => lastHour,
    minPx: 84,
    align: 'end',
    rank: 3,
  },
];

/** What a person used in the last 30 days. */
export function PersonUsed({ seen: { person, usage } }: { seen: SeenPerson }) {
  return (
    <section>
      <DataTable
        label={`Usage of ${person.username}`}
        prefix="usage-"
        columns={columns}
        rows={usage.rows}
        idOf={({ api }) => api}
        hrefOf={({ api }) => hrefOf('audit', [], { user: person.username, api })}
        maxRows={8}
        empty={<p className="text-sm text-mute">Nothing.</p>}
      >
        <PartTitle>What they used in the last 30 days</PartTitle>
      </DataTable>
    </section>
  );
}
