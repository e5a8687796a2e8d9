import { ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { Badge } from '../../../ui/components/badge.tsx';
import { Button } from '../../../ui/components/button.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import { Segmented } from '../../../ui/components/segmented.tsx';
import { useWide } from '../../../ui/components/use-media.ts';
import type { Anomaly, Readings } from '../../api/admin-api.ts';
import { usePages } from '../../api/use-pages.ts';
import { goTo, hrefOf, setFilters, useFilter, usePlace } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { insteadOfRows, PageFrame } from '../page-frame.tsx';
import { AnomalyPanel } from './anomaly-panel.tsx';
import { foundAnomalies, ruleWords } from './anomaly-words.ts';

const columns: readonly DataColumn<Anomaly>[] = [
  { id: 'what', title: 'What', value: ({ rule }) => ruleWords(rule), minPx: 130, grow: 1.2, rank: 0 },
  timeColumn({
    id: 'time',
    title: 'When',
    at: ({ timeMs }) => timeMs,
    minPx: 84,
    grow: 0.6,
    rank: 1,
  }),
  { id: 'person', title: 'Who', value: ({ person }) => person?.username ?? null, minPx: 90, rank: 2 },
  { id: 'detail', title: 'Detail', value: ({ detail }) => detail, minPx: 200, grow: 3, rank: 4 },
  {
    id: 'state',
    title: 'State',
    value: ({ acknowledged }) => (acknowledged === null ? 'waiting' : 'looked at'),
    show: ({ acknowledged }) =>
      acknowledged === null ? <Badge tone="warning">waiting</Badge> : <Badge tone="quiet">looked at</Badge>,
    minPx: 80,
    grow: 0.6,
    rank: 3,
  },
  { id: 'api', title: 'API', value: ({ api }) => api, minPx: 80, grow: 0.8, rank: 5 },
  { id: 'address', title: 'From', value: ({ remoteAddress }) => remoteAddress || null, minPx: 110, grow: 0.8, rank: 6 },
  { id: 'device', title: 'Device', value: ({ device }) => device || null, minPx: 120, rank: 7, isExtra: true },
  {
    id: 'note',
    title: 'What came of it',
    value: ({ acknowledged }) => (acknowledged === null ? null : `${acknowledged.by}: ${acknowledged.note}`),
    minPx: 160,
    grow: 2,
    rank: 8,
    isExtra: true,
  },
];

const rowsOf = (page: Readings['/admin/v1/anomalies']) => page.anomalies;
const idOf = ({ id }: Anomaly) => id;
const live = { live: ['anomaly', 'administrator'] } as const;
const views = [
  { value: 'waiting', label: 'Waiting' },
  { value: 'all', label: 'All' },
] as const;

/** What of the audit is out of the ordinary: what nobody has looked at yet first. */
export function AnomaliesPage() {
  const { parts, search } = usePlace();
  const [q, setQ] = useFilter('q');
  const isWide = useWide();
  const view = search.get('view') === 'all' ? 'all' : 'waiting';
  const params = useMemo(() => (view === 'all' ? {} : { acknowledged: false }), [view]);
  const { reading, rows, isOld, more } = usePages('/admin/v1/anomalies', params, rowsOf, idOf, live);
  const shown = useMemo(() => foundAnomalies(rows, q), [rows, q]);
  const [openId] = parts;
  const open = openId === undefined ? null : (rows.find(({ id }) => id === openId) ?? null);
  const filters = { view: view === 'all' ? 'all' : null, q };
  const close = () => goTo(hrefOf('anomalies', [], filters));
  const didAcknowledge = () => {
    reading.refresh();
    // It doesn’t wait any more, and so isn’t in this list.
    if (view === 'waiting') close();
  };
  const isMissing = openId !== undefined && open === null && reading.status === 'ready';

  return (
    <>
      {(open === null || isWide) && (
        <PageFrame
          title="Anomalies"
          shape="fill"
          text="What the relay finds out of the ordinary. Look at each, and say what came of it."
          actions={
            <Segmented
              label="Show"
              value={view}
              options={views}
              onChange={(value) => setFilters({ view: value === 'all' ? 'all' : null }, false)}
            />
          }
        >
          {isMissing && (
            <p className="mb-3 flex flex-wrap items-center gap-2 text-sm text-mute">
              The finding of this link isn’t in this list.
              {view === 'waiting' && <Button onClick={() => setFilters({ view: 'all' })}>Look among all</Button>}
            </p>
          )}
          <DataTable
            label="Anomalies"
            columns={columns}
            rows={shown}
            idOf={idOf}
            hrefOf={({ id }) => hrefOf('anomalies', [id], filters)}
            selectedId={openId ?? null}
            more={more}
            isOld={isOld}
            instead={insteadOfRows({ reading, isOld }, 'anomalies')}
            empty={
              <EmptyState
                icon={ShieldCheck}
                title={q === '' ? 'Nothing waits' : 'No match'}
                text={
                  q === ''
                    ? 'Each finding was looked at, or nothing was out of the ordinary.'
                    : 'No finding that is loaded has these words.'
                }
              />
            }
          >
            <SearchField label="Search findings" value={q} onChange={setQ} />
          </DataTable>
        </PageFrame>
      )}
      {open !== null && (
        <AnomalyPanel key={open.id} anomaly={open} isWide={isWide} onClose={close} onDone={didAcknowledge} />
      )}
    </>
  );
}
