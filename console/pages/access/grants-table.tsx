import { KeyRound } from 'lucide-react';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import type { Grant, Readings } from '../../api/admin-api.ts';
import { usePages } from '../../api/use-pages.ts';
import { hrefOf } from '../../route/place.ts';
import { useMay } from '../../store/sign-in.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { WhenRead } from '../page-frame.tsx';
import { grantedWords, statusWord, useWords } from './access-words.ts';
import { EndGrant } from './end-grant.tsx';

const live = { live: ['access'] } as const;
const rowsOf = (page: Readings['/admin/v1/grants']) => page.grants;
const idOf = ({ id }: Grant) => id;

const columns: readonly DataColumn<Grant>[] = [
  { id: 'who', title: 'Who', value: ({ requester }) => requester.username, minPx: 80, rank: 0 },
  { id: 'what', title: 'Has', value: grantedWords, minPx: 110, grow: 1.4, rank: 1 },
  timeColumn({
    id: 'ends',
    title: 'Ends',
    at: ({ expiresAtMs }) => expiresAtMs,
    minPx: 84,
    grow: 0.6,
    rank: 2,
  }),
  { id: 'used', title: 'Used', value: useWords, minPx: 96, grow: 0.7, rank: 3 },
  { id: 'by', title: 'Given by', value: ({ decidedBy }) => decidedBy, minPx: 90, rank: 4 },
  { id: 'status', title: 'State', value: statusWord, minPx: 80, grow: 0.5, rank: 5 },
  { id: 'reason', title: 'Why', value: ({ reason }) => reason, minPx: 150, grow: 1.5, rank: 6 },
];

/** Grants of one kind: in force, about to end, never used, over. */
export function GrantsTable({ state }: { state: 'active' | 'ending' | 'unused' | 'over' }) {
  const mayDecide = useMay('decide-access');
  const { reading, rows, more } = usePages('/admin/v1/grants', { state }, rowsOf, idOf, live);
  return (
    <WhenRead reading={reading} label="grants">
      {() => (
        <DataTable
          label="Grants"
          columns={columns}
          rows={rows}
          idOf={idOf}
          hrefOf={({ id }) => hrefOf('audit', [], { grant: id, since: 'all' })}
          more={more}
          {...(mayDecide && {
            actionsPx: 64,
            actions: (grant: Grant) =>
              grant.status === 'approved' && <EndGrant grant={grant} onDone={reading.refresh} />,
          })}
          empty={<EmptyState icon={KeyRound} title="None" text="No grant is of this kind now." />}
        />
      )}
    </WhenRead>
  );
}
