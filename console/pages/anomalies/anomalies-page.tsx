import { ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import { formatCount } from '../../../ui/model/format.ts';
import { useReading } from '../../api/use-reading.ts';
import { useFilter } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { DataTable } from '../../table/data-table.tsx';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { type Anomaly, anomaliesOf, ruleWords } from './anomaly.ts';

const live = { live: ['anomaly'] } as const;

const columns: readonly DataColumn<Anomaly>[] = [
  { id: 'what', title: 'What', value: ({ rule }) => ruleWords(rule), minPx: 130, grow: 1.2, rank: 0 },
  {
    id: 'time',
    title: 'When',
    value: ({ timeMs }) => timeMs,
    show: ({ timeMs }) => <Moment timeMs={timeMs} />,
    text: ({ timeMs }) => new Date(timeMs).toISOString(),
    minPx: 84,
    grow: 0.6,
    rank: 1,
  },
  { id: 'person', title: 'Who', value: ({ person }) => person, minPx: 90, rank: 2 },
  { id: 'detail', title: 'Detail', value: ({ detail }) => detail, minPx: 200, grow: 3, rank: 3 },
  { id: 'api', title: 'API', value: ({ api }) => api, minPx: 80, grow: 0.8, rank: 4 },
  { id: 'address', title: 'From', value: ({ remoteAddress }) => remoteAddress || null, minPx: 110, grow: 0.8, rank: 5 },
  { id: 'device', title: 'Device', value: ({ device }) => device || null, minPx: 120, rank: 6, isExtra: true },
];

/** What of the audit is out of the ordinary. */
export function AnomaliesPage() {
  const report = useReading('/admin/v1/reports/{report}', anomalies, live);
  const [search, setSearch] = useFilter('q');
  const all = useMemo(() => (report.value === null ? [] : anomaliesOf(report.value)), [report.value]);
  const shown = useMemo(() => found(all, search), [all, search]);
  return (
    <PageFrame
      title="Anomalies"
      shape="fill"
      text={`What was out of the ordinary in the last 30 days${all.length > 0 ? `: ${formatCount(all.length, 'finding', 'findings')}` : ''}.`}
    >
      <WhenRead reading={report} label="anomalies">
        {() => (
          <DataTable
            label="Anomalies"
            columns={columns}
            rows={shown}
            idOf={({ id }) => id}
            empty={
              <EmptyState
                icon={ShieldCheck}
                title={search === '' ? 'Nothing out of the ordinary' : 'No match'}
                text={
                  search === '' ? 'The relay has found nothing in the last 30 days.' : 'No finding has these words.'
                }
              />
            }
          >
            <SearchField label="Search findings" value={search} onChange={setSearch} />
          </DataTable>
        )}
      </WhenRead>
    </PageFrame>
  );
}

const anomalies = { report: 'anomalies', since: '30d' } as const;

function found(all: readonly Anomaly[], search: string): readonly Anomaly[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ rule, person, api, detail, remoteAddress, device }) => {
    const text = `${ruleWords(rule)} ${rule} ${person ?? ''} ${api ?? ''} ${detail} ${remoteAddress} ${device}`;
    return words.every((word) => text.toLowerCase().includes(word));
  });
}
