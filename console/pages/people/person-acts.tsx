import { Lock, LogOut } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../ui/components/button.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { SeenPerson } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { useMay } from '../../store/sign-in.ts';
import { LockSpan } from './lock-span.tsx';
import { untilOf } from './lock-target.ts';

export interface PersonActsProps {
  readonly person: SeenPerson['person'];
  /** Whoever is locked can be locked for longer, which nobody needs to be pointed to. */
  readonly isLocked: boolean;
  readonly onDone: () => void;
}

/** What can be done to a person as a whole. */
export function PersonActs({ person, isLocked, onDone }: PersonActsProps) {
  const mayEnd = useMay('end-sessions');
  const mayLock = useMay('lock');
  const [span, setSpan] = useState('open');
  const { issuer, provider, subject, username } = person;

  const lock = (reason: string) =>
    act('/admin/v1/locks', { person: subject, issuer: provider, ...untilOf(span, Date.now()), reason });
  return (
    <div className="flex flex-wrap gap-2">
      {mayEnd && (
        <ActDialog
          trigger={
            <Button>
              <LogOut aria-hidden className="size-4" /> Sign out everywhere
            </Button>
          }
          title={`Sign ${username} out everywhere?`}
          text="All sign-ins of the person end: no relay takes a token from before. The person can sign in again."
          action="Sign out everywhere"
          onAct={(reason) => act('/admin/v1/people/revoke', { who: subject, issuer, reason })}
          done={`${username} is signed out everywhere`}
          onDone={onDone}
        />
      )}
      {mayLock && (
        <ActDialog
          trigger={
            <Button look={isLocked ? 'plain' : 'danger'}>
              <Lock aria-hidden className="size-4" /> Lock
            </Button>
          }
          title={`Lock ${username}?`}
          text="The person gets through to nothing, on any device, whatever the rules say. Requests under way are cut off. They read your reason where the config lets them."
          action="Lock"
          onAct={lock}
          done={`${username} is locked`}
          onDone={onDone}
        >
          <LockSpan value={span} onChange={setSpan} />
        </ActDialog>
      )}
    </div>
  );
}
