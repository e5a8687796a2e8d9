import { goTo, hrefOf, usePlace } from '../../route/place.ts';
import { PageFrame } from '../page-frame.tsx';
import { GrantsTable } from './grants-table.tsx';
import { RequestsTable } from './requests-table.tsx';

const views = [
  { value: 'requests', label: 'To decide', text: 'What people ask for and nobody has decided.' },
  { value: 'active', label: 'In force', text: 'Roles that people have for a time; what ends first, first.' },
  { value: 'ending', label: 'About to end', text: 'Grants that end within a day.' },
  { value: 'unused', label: 'Never used', text: 'Grants in force that no request has needed.' },
  { value: 'over', label: 'Over', text: 'Grants that have ended, newest first.' },
] as const;

/** Requests for access and what became of them. */
export function AccessPage() {
  const [part] = usePlace().parts;
  const view = views.find(({ value }) => value === part) ?? views[0];
  return (
    <PageFrame
      title="Access"
      shape="fill"
      text={view.text}
      actions={
        <select
          aria-label="Show"
          value={view.value}
          onChange={(event) => goTo(hrefOf('access', [event.target.value]))}
          className="h-9 rounded-[9px] border border-line bg-panel px-2"
        >
          {views.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      }
    >
      {view.value === 'requests' ? <RequestsTable /> : <GrantsTable key={view.value} state={view.value} />}
    </PageFrame>
  );
}
