import { ArrowLeft } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import type { SeenPerson, Session } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import { Link } from '../../route/link.tsx';
import { hrefOf } from '../../route/place.ts';
import { useMay } from '../../store/sign-in.ts';
import { DataTable } from '../../table/data-table.tsx';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { EndSession } from './end-session.tsx';
import { LocksOn } from './locks-on.tsx';
import { PersonActs } from './person-acts.tsx';
import { PersonMay } from './person-may.tsx';
import { PersonUsed } from './person-used.tsx';
import { ownSessionColumns } from './session-columns.tsx';

const live = { live: ['session', 'lock', 'administrator', 'access'] } as const;
const sessionId = ({ id }: Session) => id;

/** One person: what they may, what they used, where they are signed in; and what can be done about it. */
export function PersonView({ person }: { person: string }) {
  const reading = useReading('/admin/v1/people/{person}', { person }, live);
  return (
    <PageFrame
      title={reading.value?.person.username ?? 'Person'}
      shape="scroll"
      text={
        <Link href={hrefOf('people')} className="inline-flex items-center gap-1 text-accent hover:underline">
          <ArrowLeft aria-hidden className="size-3.5" /> People and sessions
        </Link>
      }
      actions={
        reading.value !== null && (
          <PersonActs
            person={reading.value.person}
            isLocked={reading.value.locks.length > 0}
            onDone={reading.refresh}
          />
        )
      }
    >
      <WhenRead reading={reading} label="the person" rows={5}>
        {(seen) => <Person seen={seen} onDone={reading.refresh} />}
      </WhenRead>
    </PageFrame>
  );
}

function Person({ seen, onDone }: { seen: SeenPerson; onDone: () => void }) {
  const mayReadAudit = useMay('read-audit');
  const { person, lastUsedAtMs, groups, locks, sessions } = seen;
  return (
    <div className="grid grid-cols-1 gap-6">
      {locks.length > 0 && <LocksOn locks={locks} person={person.username} onDone={onDone} />}
      <section>
        <PartTitle>Person</PartTitle>
        <FactList>
          <FactRow name="Name">
            {person.username} {person.kind === 'service' && <Badge tone="quiet">service</Badge>}
          </FactRow>
          <FactRow name="Signs in at">{person.provider}</FactRow>
          <FactRow name="Subject">
            <span className="inline-flex max-w-full items-center gap-1">
              <code className="min-w-0 truncate font-mono text-sm">{person.subject}</code>
              <CopyButton text={person.subject} label="Copy the subject" />
            </span>
          </FactRow>
          <FactRow name="Last used">
            {lastUsedAtMs === null ? 'Not in 90 days' : <Moment timeMs={lastUsedAtMs} />}
          </FactRow>
          <FactRow name="Groups">
            {groups === null ? (
              'Not known: the audit has no record of the person'
            ) : (
              <>
                {groups.names.join(', ') || 'None'}{' '}
                <span className="text-sm text-mute">
                  (seen <Moment timeMs={groups.atMs} />)
                </span>
              </>
            )}
          </FactRow>
          {mayReadAudit && (
            <FactRow name="Records">
              <Link className="text-accent hover:underline" href={hrefOf('audit', [], { user: person.username })}>
                What the audit has of {person.username}
              </Link>
            </FactRow>
          )}
        </FactList>
      </section>
      <section>
        <DataTable
          label={`Sessions of ${person.username}`}
          prefix="sessions-"
          columns={ownSessionColumns}
          rows={sessions}
          idOf={sessionId}
          maxRows={8}
          actions={(session) => <EndSession session={session} onDone={onDone} />}
          empty={<p className="text-sm text-mute">No session in the last 90 days.</p>}
        >
          <PartTitle>Sessions</PartTitle>
        </DataTable>
      </section>
      <PersonMay seen={seen} />
      <PersonUsed seen={seen} />
    </div>
  );
}
