import { FileSearch } from 'lucide-react';
import { useMemo } from 'react';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import type { EffectiveKey, Readings } from '../../api/admin-api.ts';
import { usePages } from '../../api/use-pages.ts';
import { useFilter } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { DataTable } from '../../table/data-table.tsx';
import { insteadOfRows } from '../page-frame.tsx';
import { useSettled } from '../use-settled.ts';
import { sourceWords, valueWords } from './settings-words.ts';

const columns: readonly DataColumn<EffectiveKey>[] = [
  { id: 'key', title: 'Key', value: ({ key }) => key, minPx: 150, grow: 1.6, rank: 0 },
  {
    id: 'value',
    title: 'Value',
    value: valueWords,
    show: (row) => <span className={row.hidden ? 'text-mute italic' : ''}>{valueWords(row)}</span>,
    minPx: 120,
    grow: 1.6,
    rank: 1,
  },
  { id: 'source', title: 'From', value: sourceWords, minPx: 120, rank: 2 },
];

const rowsOf = (page: Readings['/admin/v1/config/effective']) => page.keys;
const idOf = ({ key }: EffectiveKey) => key;
const atOnce = 100;

/** Each value in force, with where it comes from; secrets are hidden. */
export function EffectiveValues() {
  const [typed, setTyped] = useFilter('key');
  const search = useSettled(typed.trim());
  const params = useMemo(() => ({ ...(search === '' ? {} : { search }), limit: atOnce }), [search]);
  const { reading, rows, isOld, more } = usePages('/admin/v1/config/effective', params, rowsOf, idOf);
  return (
    <DataTable
      label="Values in force"
      prefix="values-"
      columns={columns}
      rows={rows}
      idOf={idOf}
      maxRows={12}
      more={more}
      isOld={isOld}
      instead={insteadOfRows({ reading, isOld }, 'values in force', 4)}
      empty={<EmptyState icon={FileSearch} title="No match" text="No key has this in its name." />}
    >
      <SearchField label="Search keys" value={typed} onChange={setTyped} />
    </DataTable>
  );
}
