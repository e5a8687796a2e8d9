import { Segmented } from '../../../ui/components/segmented.tsx';
import { setFilters, usePlace } from '../../route/place.ts';
import { PageFrame } from '../page-frame.tsx';
import { LocksView } from './locks-view.tsx';
import { PeopleTable } from './people-table.tsx';
import { PersonView } from './person-view.tsx';
import { SessionsTable } from './sessions-table.tsx';

const views = [
  { value: 'people', label: 'People' },
  { value: 'sessions', label: 'Sessions' },
  { value: 'locks', label: 'Locks' },
] as const;

const texts = {
  people: 'Who was here in the last 90 days, last seen first.',
  sessions: 'Each sign-in on a device, last used first.',
  locks: 'What is shut out now, whatever the rules say.',
} as const;

/** Who is here and on which devices; one person with all that is known of them. */
export function PeoplePage() {
  const { parts, search } = usePlace();
  const [person] = parts;
  if (person !== undefined) return <PersonView key={person} person={person} />;
  const { value: view } = views.find(({ value }) => value === search.get('view')) ?? views[0];
  return (
    <PageFrame
      title="People and sessions"
      shape="fill"
      text={texts[view]}
      actions={
        <Segmented
          label="Show"
          value={view}
          options={views}
          onChange={(value) =>
            setFilters(
              { view: value === 'people' ? null : value, q: null, by: null, all: null, sort: null, columns: null },
              false,
            )
          }
        />
      }
    >
      {view === 'people' && <PeopleTable />}
      {view === 'sessions' && <SessionsTable />}
      {view === 'locks' && <LocksView />}
    </PageFrame>
  );
}
