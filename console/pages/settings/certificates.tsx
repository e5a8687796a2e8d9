import { ShieldCheck } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import type { Certificate } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { WhenRead } from '../page-frame.tsx';
import { certificateWords } from './settings-words.ts';

const columns: readonly DataColumn<Certificate>[] = [
  { id: 'use', title: 'Used for', value: ({ use }) => use, minPx: 110, grow: 1.2, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: ({ state }) => certificateWords(state).text,
    show: ({ state }) => <Badge tone={certificateWords(state).tone}>{certificateWords(state).text}</Badge>,
    minPx: 84,
    grow: 0.5,
    rank: 1,
  },
  timeColumn({
    id: 'ends',
    title: 'Ends',
    at: ({ notAfterMs }) => notAfterMs,
    minPx: 92,
    grow: 0.6,
    rank: 0,
  }),
  { id: 'names', title: 'Names', value: ({ names }) => names.join(', ') || null, minPx: 140, grow: 1.5, rank: 2 },
  { id: 'issuer', title: 'Issued by', value: ({ issuer }) => issuer, minPx: 120, rank: 3 },
  { id: 'sha256', title: 'SHA-256', value: ({ sha256 }) => sha256, minPx: 140, rank: 4, isExtra: true },
];

/** The certificates that the relay shows or checks by, what ends first first. */
export function Certificates() {
  const reading = useReading('/admin/v1/certificates');
  return (
    <WhenRead reading={reading} label="certificates" rows={2}>
      {({ certificates }) => (
        <DataTable
          label="Certificates"
          prefix="certificates-"
          columns={columns}
          rows={certificates}
          idOf={({ use, sha256 }) => `${use} ${sha256}`}
          maxRows={12}
          empty={<EmptyState icon={ShieldCheck} title="None" text="The config names no certificates." />}
        />
      )}
    </WhenRead>
  );
}
