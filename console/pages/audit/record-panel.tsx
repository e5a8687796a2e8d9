import { ListFilter } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { CopyButton, CopyTextButton } from '../../../ui/components/copy-button.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { PanelPart } from '../../../ui/components/side-panel.tsx';
import { SkeletonList } from '../../../ui/components/skeleton.tsx';
import { useReading } from '../../api/use-reading.ts';
import { Link } from '../../route/link.tsx';
import { hrefOf } from '../../route/place.ts';
import { useMay } from '../../store/sign-in.ts';
import { factsOf } from './record-facts.ts';
import { entryId, type Entry, readEntryId, wordsOf } from './record-words.ts';
import { RecordProof } from './record-proof.tsx';

/** The record of an address, which the table may not have. */
export function RecordPanel({ id, loaded }: { id: string; loaded: readonly Entry[] }) {
  const known = loaded.find((entry) => entryId(entry) === id);
  const place = known === undefined ? readEntryId(id) : null;
  const params = place === null ? {} : { cursor: place.seq + 1, limit: 1, relay: place.relay };
  const reading = useReading(place === null ? null : '/admin/v1/audit', params);
  const found = known ?? reading.value?.records.find((entry) => entryId(entry) === id);
  if (found !== undefined) return <Record entry={found} />;
  if (place !== null && reading.status === 'loading') return <SkeletonList label="Loading the record" rows={4} />;
  return (
    <div className="grid gap-1.5">
      <h2 className="text-lg font-semibold">There is no such record</h2>
      <p className="text-mute">Its number may be wrong, or it was cut because of its age (audit.keep_days).</p>
    </div>
  );
}

function Record({ entry }: { entry: Entry }) {
  const mayExplain = useMay('read-policy');
  const { who, what, where, tone } = wordsOf(entry);
  const { record } = entry;
  const isDecision = record.type === 'decision';
  return (
    <>
      <div className="grid gap-1.5 pe-8">
        <h2 className="text-lg font-semibold break-words">{where || what}</h2>
        <p className="flex flex-wrap items-center gap-2 text-mute">
          <Badge tone={tone === 'ok' ? 'ok' : tone === 'bad' ? 'bad' : 'quiet'}>{what}</Badge>
          <span className="break-words">{who}</span>
          <Moment timeMs={record.timeMs} />
        </p>
        <p className="text-sm text-mute">{new Date(record.timeMs).toISOString()}</p>
      </div>
      <dl className="grid grid-cols-1 gap-2.5">
        {factsOf(entry).map(({ name, value, filter, isCode }) => (
          <div key={name} className="grid grid-cols-1 gap-0.5">
            <dt className="text-xs text-faint">{name}</dt>
            <dd className="flex min-w-0 items-center gap-1">
              <span className={`min-w-0 break-words ${isCode ? 'font-mono text-sm [overflow-wrap:anywhere]' : ''}`}>
                {value}
              </span>
              <CopyButton text={value} label={`Copy: ${name}`} />
              {filter !== undefined && (
                <Link
                  href={hrefOf('audit', [], filter)}
                  aria-label={`All records with this: ${name}`}
                  title="All records with this"
                  className="grid size-7 shrink-0 place-items-center rounded-md text-faint hover:bg-ground hover:text-text"
                >
                  <ListFilter aria-hidden className="size-[15px]" />
                </Link>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {isDecision && mayExplain && (
        <PanelPart title="The decision">
          <Link
            className="text-accent hover:underline"
            href={hrefOf('policy', ['explain'], {
              method: String(record['method']),
              url: `${String(record['api'])}${String(record['path'])}`,
              as: who,
              at: new Date(record.timeMs).toISOString(),
            })}
          >
            Explain it, rule by rule, as it was then
          </Link>
        </PanelPart>
      )}
      <RecordProof key={`${entry.relay ?? ''} ${entry.seq}`} seq={entry.seq} relay={entry.relay} />
      <PanelPart title="As it was recorded">
        <CopyTextButton text={JSON.stringify(entry, null, 2)} label="Copy the record as JSON" />
      </PanelPart>
    </>
  );
}
