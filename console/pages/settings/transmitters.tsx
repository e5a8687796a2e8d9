import { RadioTower } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import type { Transmitter } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import type { DataColumn } from '../../table/column.ts';
import { countColumn, timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { WhenRead } from '../page-frame.tsx';
import { transmitterWords } from './settings-words.ts';

const columns: readonly DataColumn<Transmitter>[] = [
  {
    id: 'name',
    title: 'Provider',
    value: ({ name, ways }) => `${name} (${ways.join(', ')})`,
    minPx: 120,
    grow: 1.2,
    rank: 0,
  },
  {
    id: 'state',
    title: 'State',
    value: (transmitter) => transmitterWords(transmitter).text,
    show: (transmitter) => (
      <Badge tone={transmitterWords(transmitter).tone}>{transmitterWords(transmitter).text}</Badge>
    ),
    minPx: 96,
    grow: 0.8,
    rank: 1,
  },
  timeColumn({
    id: 'last',
    title: 'Last event',
    at: ({ acceptedAtMs }) => acceptedAtMs,
    never: 'never',
    minPx: 92,
    grow: 0.7,
    rank: 2,
  }),
  timeColumn({
    id: 'verified',
    title: 'Verified',
    at: ({ verifiedAtMs }) => verifiedAtMs,
    never: 'never',
    minPx: 92,
    grow: 0.7,
    rank: 3,
  }),
  countColumn({ id: 'acted', title: 'Acted on', count: ({ acted }) => acted, minPx: 76, grow: 0.5, rank: 4 }),
  countColumn({
    id: 'refused',
    title: 'Refused',
    count: ({ refused }) => refused,
    isBad: true,
    minPx: 76,
    grow: 0.5,
    rank: 5,
  }),
  countColumn({
    id: 'unknown',
    title: 'Of nobody here',
    count: ({ unknownSubject }) => unknownSubject,
    minPx: 112,
    grow: 0.6,
    rank: 7,
  }),
  { id: 'error', title: 'Last failure', value: ({ error }) => error, minPx: 160, grow: 2, rank: 6 },
];

const fresh = { everyMs: 30_000, live: ['administrator', 'lock'] } as const;

/** Providers that send events of sign-ins and accounts, and how they fare. */
export function Transmitters() {
  const reading = useReading('/admin/v1/signals', undefined, fresh);
  return (
    <WhenRead reading={reading} label="providers that send events" rows={2}>
      {({ transmitters }) => (
        <DataTable
          label="Providers that send events"
          prefix="signals-"
          columns={columns}
          rows={transmitters}
          idOf={({ name }) => name}
          maxRows={12}
          empty={<EmptyState icon={RadioTower} title="None" text="The config names none (signals)." />}
        />
      )}
    </WhenRead>
  );
}
