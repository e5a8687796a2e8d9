import { Segmented } from '../../../ui/components/segmented.tsx';
import { setFilters, usePlace } from '../../route/place.ts';
import { PageFrame } from '../page-frame.tsx';
import { PeopleTable } from './people-table.tsx';
import { PersonView } from './person-view.tsx';
import { SessionsTable } from './sessions-table.tsx';

const views = [
  { value: 'people', label: 'People' },
  { value: 'sessions', label: 'Sessions' },
] as const;

/** Who is here and on which devices; one person with all that is known of them. */
export function PeoplePage() {
  const { parts, search } = usePlace();
  const [person] = parts;
  if (person !== undefined) return <PersonView key={person} person={person} />;
  const view = search.get('view') === 'sessions' ? 'sessions' : 'people';
  return (
    <PageFrame
      title="People and sessions"
      shape="fill"
      text={
        view === 'people'
          ? 'Who was here in the last 90 days, last seen first.'
          : 'Each sign-in on a device, last used first.'
      }
      actions={
        <Segmented
          label="Show"
          value={view}
          options={views}
          onChange={(value) =>
            setFilters({ view: value === 'people' ? null : value, q: null, sort: null, columns: null }, false)
          }
        />
      }
    >
      {view === 'people' ? <PeopleTable /> : <SessionsTable />}
    </PageFrame>
  );
}
