import { Lock as LockIcon } from 'lucide-react';
import { Button } from '../../../ui/components/button.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { Lock } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { useMay } from '../../store/sign-in.ts';
import { lockWords } from './session-words.ts';

/** Locks that shut somebody out, each with who, why, until when, and the way to take it away. */
export function LocksOn({ locks, person, onDone }: { locks: readonly Lock[]; person?: string; onDone: () => void }) {
  const mayLock = useMay('lock');
  return (
    <section
      aria-label="Locks"
      className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-bad-weak"
    >
      {locks.map((lock) => (
        <div key={lock.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 p-3.5">
          <div className="flex min-w-0 flex-1 basis-72 gap-3">
            <LockIcon aria-hidden className="mt-0.5 size-[18px] shrink-0 text-bad" />
            <div className="min-w-0">
              <p className="font-semibold break-words">{lockWords(lock, person)} is locked</p>
              <p className="text-sm break-words text-mute">
                {lock.reason} – {lock.author}, <Moment timeMs={lock.createdAtMs} />
                {lock.untilMs !== null && (
                  <>
                    ; it ends <Moment timeMs={lock.untilMs} />
                  </>
                )}
              </p>
            </div>
          </div>
          {mayLock && (
            <ActDialog
              trigger={<Button>Take the lock away</Button>}
              title="Take the lock away?"
              text={`${lockWords(lock, person)} gets through again, as far as the rules allow.`}
              action="Take it away"
              look="primary"
              onAct={(reason) => act('/admin/v1/locks/{id}/remove', { reason }, { id: lock.id })}
              done="The lock is gone"
              onDone={onDone}
            />
          )}
        </div>
      ))}
    </section>
  );
}
