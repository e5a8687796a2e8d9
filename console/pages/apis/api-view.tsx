import { ArrowLeft } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { formatCount } from '../../../ui/model/format.ts';
import type { ApiDetail } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import { Link } from '../../route/link.tsx';
import { hrefOf } from '../../route/place.ts';
import type { DataColumn } from '../../table/column.ts';
import { requestColumns } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { ApiActs } from './api-acts.tsx';
import { ApiRules } from './api-rules.tsx';
import { limitSentence } from './rule-words.ts';

type UsedBy = ApiDetail['use']['byPerson'][number];
const fresh = { everyMs: 15_000 } as const;

const columns: readonly DataColumn<UsedBy>[] = [
  { id: 'person', title: 'Person', value: ({ username }) => username, minPx: 120, grow: 2, rank: 0 },
  ...requestColumns<UsedBy>(),
];

/** One API: how it answers, who may do what, who does. */
export function ApiView({ api }: { api: string }) {
  const reading = useReading('/admin/v1/apis/{api}', { api }, fresh);
  return (
    <PageFrame
      title={reading.value?.name ?? api}
      shape="scroll"
      text={
        <Link href={hrefOf('apis')} className="inline-flex items-center gap-1 text-accent hover:underline">
          <ArrowLeft aria-hidden className="size-3.5" /> APIs
        </Link>
      }
      actions={reading.value !== null && <ApiActs api={reading.value.id} name={reading.value.name} />}
    >
      <WhenRead reading={reading} label="the API" rows={5}>
        {(seen) => <Api seen={seen} />}
      </WhenRead>
    </PageFrame>
  );
}

function Api({ seen }: { seen: ApiDetail }) {
  const { id, description, owner, upstream, protocol, health, limits, roles, rules, use } = seen;
  const { answeredAtMs, failure, openConnections } = health;
  const fails = failure !== null && failure.atMs > (answeredAtMs ?? 0);
  return (
    <div className="grid grid-cols-1 gap-6">
      <FactList>
        <FactRow name="Answers">
          {answeredAtMs === null && failure === null ? (
            'Nobody has asked since the relay’s start'
          ) : (
            <span className="inline-flex flex-wrap items-center gap-2">
              <Badge tone={fails ? 'bad' : 'ok'}>{fails ? 'fails' : 'answers'}</Badge>
              {answeredAtMs !== null && (
                <span>
                  last answer <Moment timeMs={answeredAtMs} />
                </span>
              )}
            </span>
          )}
        </FactRow>
        {failure !== null && (
          <FactRow name="Last failure">
            <span className="break-words">
              {failure.detail}{' '}
              <span className="text-mute">
                (<Moment timeMs={failure.atMs} />)
              </span>
            </span>
          </FactRow>
        )}
        <FactRow name="Where it is">
          <span className="inline-flex max-w-full items-center gap-1">
            <code className="min-w-0 font-mono text-sm [overflow-wrap:anywhere]">{upstream}</code>
            <CopyButton text={upstream} label="Copy where it is" />
          </span>
        </FactRow>
        <FactRow name="Connections">
          {openConnections} open, {protocol === 'http2' ? 'HTTP/2' : 'HTTP/1.1'}
        </FactRow>
        <FactRow name="Name in rules and addresses">
          <code className="font-mono text-sm">{id}</code>
        </FactRow>
        {description !== '' && <FactRow name="What it is">{description}</FactRow>}
        {owner !== null && <FactRow name="Owner">{owner}</FactRow>}
        {roles.length > 0 && <FactRow name="May be asked for">{roles.join(', ')}</FactRow>}
        {limits.length > 0 && (
          <FactRow name="Limits">
            <ul>
              {limits.map((limit) => (
                <li key={limit.name}>
                  {limit.name}: {limitSentence(limit)}
                </li>
              ))}
            </ul>
          </FactRow>
        )}
      </FactList>
      <section>
        <PartTitle>Rules, first to last; a rule that denies wins</PartTitle>
        <ApiRules rules={rules} />
      </section>
      <section>
        <DataTable
          label={`Use of ${id}`}
          columns={columns}
          rows={use.byPerson}
          idOf={({ issuer, subject }) => `${issuer} ${subject}`}
          hrefOf={({ username }) => hrefOf('audit', [], { user: username, api: id })}
          maxRows={20}
          empty={<p className="text-sm text-mute">Nobody.</p>}
        >
          <PartTitle>
            Who used it in the last 7 days: {formatCount(use.people, 'person', 'people')},{' '}
            {formatCount(use.requests, 'request', 'requests')}, {use.denied.toLocaleString('en')} denied
          </PartTitle>
        </DataTable>
      </section>
    </div>
  );
}
