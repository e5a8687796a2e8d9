import { Download, ScrollText, ShieldCheck, X } from 'lucide-react';
import { useMemo } from 'react';
import { Button, buttonClasses } from '../../../ui/components/button.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { SearchField } from '../../../ui/components/search-field.tsx';
import { Segmented } from '../../../ui/components/segmented.tsx';
import { SidePanel } from '../../../ui/components/side-panel.tsx';
import { useMedia } from '../../../ui/components/use-media.ts';
import { usePages } from '../../api/use-pages.ts';
import { useReading } from '../../api/use-reading.ts';
import { goTo, hrefOf, setFilters, useFilter, usePlace } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { insteadOfRows, PageFrame } from '../page-frame.tsx';
import { useEscape } from '../use-escape.ts';
import { useSettled } from '../use-settled.ts';
import { askedOf, chipsOf, exportHref, periods } from './audit-filters.ts';
import { LogPanel } from './log-panel.tsx';
import { RecordPanel } from './record-panel.tsx';
import { type Entry, entryId, wordsOf } from './record-words.ts';

const logPart = 'log';
const live = { live: ['audit'] } as const;
const rowsOf = (page: { readonly records: readonly Entry[] }) => page.records;

const tones = { ok: '', bad: 'text-bad', quiet: 'text-mute' } as const;
const columns: readonly DataColumn<Entry>[] = [
  timeColumn({
    id: 'time',
    title: 'When',
    at: ({ record }) => record.timeMs,
    minPx: 84,
    grow: 0.5,
    rank: 0,
  }),
  { id: 'who', title: 'Who', value: (entry) => wordsOf(entry).who, minPx: 78, grow: 0.8, rank: 0 },
  {
    id: 'what',
    title: 'What',
    value: (entry) => wordsOf(entry).what,
    show: (entry) => <span className={tones[wordsOf(entry).tone]}>{wordsOf(entry).what}</span>,
    minPx: 110,
    grow: 0.9,
    rank: 0,
  },
  { id: 'where', title: 'Where', value: (entry) => wordsOf(entry).where, minPx: 180, grow: 2, rank: 2 },
  { id: 'detail', title: 'Why', value: (entry) => wordsOf(entry).detail || null, minPx: 200, grow: 2, rank: 4 },
  { id: 'record', title: 'Record', value: entryId, minPx: 76, grow: 0.3, align: 'end', rank: 5 },
];

const effects = [
  { value: 'any', label: 'All' },
  { value: 'allow', label: 'Allowed' },
  { value: 'deny', label: 'Denied' },
] as const;

/** What was decided, done and refused: found by filters that stand in the address, and proven. */
export function AuditPage() {
  const { parts, search } = usePlace();
  const [opened] = parts;
  const isWide = useMedia('(min-width: 1080px)');
  const [user, setUser] = useFilter('user');
  const [api, setApi] = useFilter('api');
  const [effect, setEffect] = useFilter('effect');
  const [since, setSince] = useFilter('since');
  const apis = useReading('/admin/v1/apis');
  const asked = useSettled(search.toString());
  const params = useMemo(() => askedOf(new URLSearchParams(asked)), [asked]);
  const { reading, rows, isOld, more } = usePages('/admin/v1/audit', params, rowsOf, entryId, live);
  // A name that no record has is refused with what is like it: for a search that is an answer, not a failure.
  const refused = reading.status === 'failed' && reading.problem.code === 'bad-input' ? reading.problem : null;
  const filters = Object.fromEntries(search);
  const close = () => goTo(hrefOf('audit', [], filters));
  useEscape(opened === undefined ? null : close);

  const tools = (
    <>
      <SearchField label="User name or subject, in full" value={user} onChange={setUser} />
      <select
        aria-label="API"
        value={api}
        onChange={(event) => setApi(event.target.value)}
        className="h-9 max-w-44 rounded-[9px] border border-line bg-panel px-2"
      >
        <option value="">All APIs</option>
        {api !== '' && apis.value?.apis.every(({ id }) => id !== api) !== false && <option value={api}>{api}</option>}
        {apis.value?.apis.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Segmented
        label="Decision"
        value={effects.find(({ value }) => value === effect)?.value ?? 'any'}
        options={effects}
        onChange={(value) => setEffect(value === 'any' ? '' : value)}
      />
      <select
        aria-label="Period"
        value={since || periods[0][0]}
        onChange={(event) => setSince(event.target.value === periods[0][0] ? '' : event.target.value)}
        className="h-9 rounded-[9px] border border-line bg-panel px-2"
      >
        {since !== '' && periods.every(([value]) => value !== since) && <option value={since}>Since {since}</option>}
        {periods.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {chipsOf(search).map(({ name, text }) => (
        <Button key={name} aria-label={`No longer: ${text}`} onClick={() => setFilters({ [name]: null }, false)}>
          <span className="max-w-56 truncate">{text}</span> <X aria-hidden className="size-3.5" />
        </Button>
      ))}
    </>
  );
  const table = (
    <DataTable
      label="Records"
      columns={columns}
      rows={refused === null ? rows : []}
      idOf={entryId}
      hrefOf={(entry) => hrefOf('audit', [entryId(entry)], filters)}
      selectedId={opened ?? null}
      more={refused === null ? more : null}
      isOld={isOld}
      instead={refused === null ? insteadOfRows({ reading, isOld }, 'records') : null}
      empty={
        <EmptyState
          icon={ScrollText}
          title={refused === null ? 'No record' : 'No match'}
          text={refused?.detail ?? 'Nothing of this kind was recorded in this time.'}
        >
          {search.size > 0 && <Button onClick={() => goTo(hrefOf('audit'))}>Show all records</Button>}
        </EmptyState>
      }
    >
      {tools}
    </DataTable>
  );
  const panel = opened !== undefined && (
    <SidePanel title={opened === logPart ? 'The log' : 'Record'} wide={isWide} backTo="Audit" onClose={close}>
      {opened === logPart ? <LogPanel /> : <RecordPanel id={opened} loaded={rows} />}
    </SidePanel>
  );
  if (panel !== false && !isWide) return panel;
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <PageFrame
        title="Audit"
        shape="fill"
        text="Each request and each act, newest first."
        actions={
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => goTo(hrefOf('audit', [logPart], filters))}>
              <ShieldCheck aria-hidden className="size-4" /> Was it altered?
            </Button>
            <ExportLink href={exportHref(params, 'jsonl')} text="Export" />
            <ExportLink href={exportHref(params, 'ocsf')} text="OCSF" />
          </div>
        }
      >
        {table}
      </PageFrame>
      {panel}
    </div>
  );
}

/** Saves all records that fit; a plain link, because the browser does it better than a page. */
function ExportLink({ href, text }: { href: string; text: string }) {
  return (
    <a href={href} download title="Saves all records that fit the filters" className={buttonClasses()}>
      <Download aria-hidden className="size-4" /> {text}
    </a>
  );
}
