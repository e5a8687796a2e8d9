import { Badge } from '../../../ui/components/badge.tsx';
import { PartTitle } from '../../../ui/components/fact-list.tsx';
import type { WhatIf } from '../../api/admin-api.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { changeWord, shortOf, totalSentence, type WhatIfChange } from './what-if-words.ts';

const tones = { lost: 'bad', gained: 'ok', uncertain: 'quiet' } as const;

const columns: readonly DataColumn<WhatIfChange>[] = [
  { id: 'who', title: 'Who', value: ({ person }) => person.username, minPx: 90, rank: 0 },
  {
    id: 'change',
    title: 'Change',
    value: changeWord,
    show: (row) => <Badge tone={tones[row.change]}>{changeWord(row)}</Badge>,
    minPx: 90,
    grow: 0.5,
    rank: 0,
  },
  {
    id: 'what',
    title: 'What',
    value: ({ method, api, path }) => `${method} ${api}${path}`,
    minPx: 150,
    grow: 2,
    rank: 1,
  },
  { id: 'requests', title: 'Requests', value: ({ requests }) => requests, minPx: 74, grow: 0.4, align: 'end', rank: 2 },
  { id: 'why', title: 'Why', value: ({ proposed }) => proposed.reason, minPx: 180, grow: 2, rank: 3 },
  timeColumn({
    id: 'last',
    title: 'Last',
    at: ({ lastAtMs }) => lastAtMs,
    minPx: 84,
    grow: 0.5,
    rank: 4,
  }),
  {
    id: 'depends',
    title: 'Depends on',
    value: ({ proposed }) => proposed.dependsOn.join('; ') || null,
    minPx: 140,
    rank: 5,
    isExtra: true,
  },
];

const idOf = ({ person, api, method, path, change }: WhatIfChange) =>
  [person.issuer, person.subject, api, method, path, change].join(' ');

/** Who would lose or gain what, and what was looked at for it. */
export function WhatIfResult({ found }: { found: WhatIf }) {
  const { changes, groups, scope } = found;
  const short = shortOf(scope);
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="grid gap-1 rounded-xl border border-line bg-panel px-4 py-3">
        <p className="font-medium break-words">{totalSentence(found)}</p>
        {[short, ...scope.notes].map(
          (note) =>
            note !== null && (
              <p key={note} className="text-sm break-words text-mute">
                {note}
              </p>
            ),
        )}
      </div>
      {groups.length > 0 && (
        <section>
          <PartTitle>By group</PartTitle>
          <ul className="flex flex-wrap gap-2">
            {groups.map(({ group, change, people, requests }) => (
              <li key={`${group} ${change}`} className="rounded-lg border border-line bg-panel px-2.5 py-1.5 text-sm">
                <Badge tone={tones[change]}>{changeWord({ change })}</Badge> {group}: {people}{' '}
                {people === 1 ? 'person' : 'people'}, {requests} {requests === 1 ? 'request' : 'requests'}
              </li>
            ))}
          </ul>
        </section>
      )}
      {changes.length > 0 && (
        <DataTable label="Changes" columns={columns} rows={changes} idOf={idOf} maxRows={20} empty={null}>
          <PartTitle>Who, and what</PartTitle>
        </DataTable>
      )}
    </div>
  );
}
