import { Inbox } from 'lucide-react';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import type { AccessRequest, Readings } from '../../api/admin-api.ts';
import { usePages } from '../../api/use-pages.ts';
import { useMay } from '../../store/sign-in.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { WhenRead } from '../page-frame.tsx';
import { grantedWords, statusWord } from './access-words.ts';
import { DecideRequest } from './decide-request.tsx';

const live = { live: ['access'] } as const;
const pending = { status: 'pending' } as const;
const rowsOf = (page: Readings['/admin/v1/access-requests']) => page.requests;
const idOf = ({ id }: AccessRequest) => id;

const columns: readonly DataColumn<AccessRequest>[] = [
  { id: 'who', title: 'Who', value: ({ requester }) => requester.username, minPx: 80, rank: 0 },
  { id: 'what', title: 'Asks for', value: grantedWords, minPx: 110, grow: 1.4, rank: 1 },
  { id: 'hours', title: 'Hours', value: ({ hours }) => hours, minPx: 56, grow: 0.3, align: 'end', rank: 3 },
  { id: 'reason', title: 'Why', value: ({ reason }) => reason, minPx: 150, grow: 2, rank: 2 },
  timeColumn({
    id: 'time',
    title: 'Asked',
    at: ({ requestedAtMs }) => requestedAtMs,
    minPx: 84,
    grow: 0.5,
    rank: 4,
  }),
  { id: 'status', title: 'State', value: statusWord, minPx: 80, grow: 0.5, rank: 5 },
];

/** What people ask for and nobody has decided. */
export function RequestsTable() {
  const mayDecide = useMay('decide-access');
  const { reading, rows, more } = usePages('/admin/v1/access-requests', pending, rowsOf, idOf, live);
  return (
    <WhenRead reading={reading} label="requests">
      {() => (
        <DataTable
          label="Requests for access"
          columns={columns}
          rows={rows}
          idOf={idOf}
          more={more}
          {...(mayDecide && {
            actionsPx: 72,
            actions: (request: AccessRequest) => <DecideRequest request={request} onDone={reading.refresh} />,
          })}
          empty={
            <EmptyState icon={Inbox} title="Nothing waits" text="Requests show here as people make them in the app." />
          }
        />
      )}
    </WhenRead>
  );
}
