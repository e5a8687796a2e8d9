import { Share2 } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { formatSpan } from '../../../ui/model/format.ts';
import type { Sink } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import type { DataColumn } from '../../table/column.ts';
import { countColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { WhenRead } from '../page-frame.tsx';
import { sinkWords } from './settings-words.ts';

const columns: readonly DataColumn<Sink>[] = [
  { id: 'name', title: 'Sink', value: ({ name, kind }) => `${name} (${kind})`, minPx: 110, grow: 1.2, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: ({ state }) => sinkWords(state).text,
    show: ({ state }) => <Badge tone={sinkWords(state).tone}>{sinkWords(state).text}</Badge>,
    minPx: 84,
    grow: 0.7,
    rank: 1,
  },
  countColumn({ id: 'waiting', title: 'Waiting', count: ({ waiting }) => waiting, minPx: 76, grow: 0.6, rank: 2 }),
  {
    id: 'oldest',
    title: 'The oldest for',
    value: ({ oldestWaitingSeconds }) => oldestWaitingSeconds,
    show: ({ oldestWaitingSeconds: seconds }) => (seconds === null ? '–' : formatSpan(seconds * 1000)),
    minPx: 100,
    grow: 0.7,
    rank: 3,
  },
  { id: 'sent', title: 'Sent up to', value: ({ sentUpTo }) => sentUpTo, minPx: 90, grow: 0.7, align: 'end', rank: 5 },
  { id: 'error', title: 'Last failure', value: ({ error }) => error, minPx: 160, grow: 2.4, rank: 4 },
];

const fresh = { everyMs: 30_000 } as const;

/** Where the audit goes besides, and how far it is there. */
export function Sinks() {
  const reading = useReading('/admin/v1/audit/sinks', undefined, fresh);
  return (
    <WhenRead reading={reading} label="sinks" rows={2}>
      {({ sinks }) => (
        <DataTable
          label="Sinks of the audit"
          prefix="sinks-"
          columns={columns}
          rows={sinks}
          idOf={({ name }) => name}
          maxRows={12}
          empty={<EmptyState icon={Share2} title="None" text="The config names none (audit.sinks)." />}
        />
      )}
    </WhenRead>
  );
}
