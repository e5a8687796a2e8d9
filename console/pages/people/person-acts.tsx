import { Lock, LogOut } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../ui/components/button.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { SeenPerson } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { useMay } from '../../store/sign-in.ts';

const hourMs = 3_600_000;
const spans = [
  { id: '1', label: 'for an hour', ms: hourMs },
  { id: '8', label: 'for 8 hours', ms: 8 * hourMs },
  { id: '24', label: 'for a day', ms: 24 * hourMs },
  { id: '168', label: 'for a week', ms: 168 * hourMs },
  { id: 'open', label: 'until somebody takes the lock away', ms: null },
] as const;

/** What can be done to a person as a whole. */
export function PersonActs({ person, onDone }: { person: SeenPerson['person']; onDone: () => void }) {
  const mayEnd = useMay('end-sessions');
  const mayLock = useMay('lock');
  const [span, setSpan] = useState('open');
  const { issuer, provider, subject, username } = person;

  const lock = (reason: string) => {
    const ms = spans.find(({ id }) => id === span)?.ms ?? null;
    const until = ms === null ? {} : { until: new Date(Date.now() + ms).toISOString() };
    return act('/admin/v1/locks', { person: subject, issuer: provider, ...until, reason });
  };
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
            <Button look="danger">
              <Lock aria-hidden className="size-4" /> Lock
            </Button>
          }
          title={`Lock ${username}?`}
          text="The person gets through to nothing, on any device, whatever the rules say. Open connections close. They read your reason where the config lets them."
          action="Lock"
          onAct={lock}
          done={`${username} is locked`}
          onDone={onDone}
        >
          <label className="grid gap-1 text-sm font-medium">
            How long
            <select
              value={span}
              onChange={(event) => setSpan(event.target.value)}
              className="h-9 rounded-[9px] border border-edge bg-panel px-2.5 font-normal"
            >
              {spans.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        </ActDialog>
      )}
    </div>
  );
}
