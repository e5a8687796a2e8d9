import { LockOpen } from 'lucide-react';
import { Button } from '../../../ui/components/button.tsx';
import { EmptyState } from '../../../ui/components/empty-state.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import { act } from '../../api/ask.ts';
import { usePages } from '../../api/use-pages.ts';
import type { ListedLock, Readings } from '../../api/admin-api.ts';
import { useMay } from '../../store/sign-in.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { DataTable } from '../../table/data-table.tsx';
import { WhenRead } from '../page-frame.tsx';
import { AddLock } from './add-lock.tsx';
import { listedLockWords } from './session-words.ts';
import { SparedLocks } from './spared-locks.tsx';

const columns: readonly DataColumn<ListedLock>[] = [
  { id: 'what', title: 'What is locked', value: (lock) => listedLockWords(lock), minPx: 150, grow: 1.6, rank: 0 },
  { id: 'reason', title: 'Why', value: ({ reason }) => reason, minPx: 140, grow: 2, rank: 1 },
  { id: 'author', title: 'By', value: ({ author }) => author, minPx: 100, rank: 3 },
  timeColumn({
    id: 'since',
    title: 'Since',
    at: ({ createdAtMs }) => createdAtMs,
    minPx: 84,
    grow: 0.7,
    rank: 4,
  }),
  timeColumn({
    id: 'until',
    title: 'Ends',
    at: ({ untilMs }) => untilMs,
    never: 'when unlocked',
    minPx: 110,
    grow: 0.8,
    rank: 2,
  }),
  { id: 'id', title: 'Lock', value: ({ id }) => id, minPx: 110, rank: 5, isExtra: true },
];

const idOf = ({ id }: ListedLock) => id;
const rowsOf = ({ locks }: Readings['/admin/v1/locks']) => locks;
const noParams = {};
const live = { live: ['lock'] } as const;

/** Every lock in force: on people, groups, devices, addresses, sessions, APIs and on everything; adds and takes away. */
export function LocksView() {
  const { reading, rows, more } = usePages('/admin/v1/locks', noParams, rowsOf, idOf, live);
  const mayLock = useMay('lock');
  return (
    <WhenRead reading={reading} label="locks">
      {() => (
        <>
          <SparedLocks locks={rows} />
          <DataTable
            label="Locks"
            columns={columns}
            rows={rows}
            idOf={idOf}
            more={more}
            {...(mayLock
              ? { actions: (lock: ListedLock) => <TakeAway lock={lock} onDone={reading.refresh} />, actionsPx: 64 }
              : {})}
            empty={
              <EmptyState
                icon={LockOpen}
                title="Nothing is locked"
                text="A lock shuts out people, groups, devices, addresses, sessions or an API at once, whatever the rules say."
              />
            }
          >
            {mayLock && <AddLock onDone={reading.refresh} />}
          </DataTable>
        </>
      )}
    </WhenRead>
  );
}

function TakeAway({ lock, onDone }: { lock: ListedLock; onDone: () => void }) {
  return (
    <ActDialog
      trigger={
        <Button tabIndex={-1} look="quiet" className="-me-2 h-7 px-2" aria-label={`Unlock: ${listedLockWords(lock)}`}>
          Unlock
        </Button>
      }
      title="Take the lock away?"
      text={`${listedLockWords(lock)} gets through again, as far as the rules allow.`}
      action="Take it away"
      look="primary"
      onAct={(reason) => act('/admin/v1/locks/{id}/remove', { reason }, { id: lock.id })}
      done="The lock is gone"
      onDone={onDone}
    />
  );
}
