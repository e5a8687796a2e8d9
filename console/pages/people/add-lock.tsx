import { Lock } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../ui/components/button.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import { act } from '../../api/ask.ts';
import { LockSpan } from './lock-span.tsx';
import { type LockKind, lockKinds, lockTargetOf, untilOf } from './lock-target.ts';

/** Locks one thing, whatever it is. */
export function AddLock({ onDone }: { onDone: () => void }) {
  const [kind, setKind] = useState<LockKind>('person');
  const [name, setName] = useState('');
  const [span, setSpan] = useState('open');
  const chosen = lockKinds.find(({ value }) => value === kind) ?? lockKinds[0];
  const target = lockTargetOf(kind, name);
  return (
    <ActDialog
      trigger={
        <Button look="danger">
          <Lock aria-hidden className="size-4" /> Lock
        </Button>
      }
      title="Lock"
      text="Who or what is locked gets through to nothing, whatever the rules say; requests under way are cut off. A lock on everything leaves operators in, so that one of them can take it away."
      action="Lock"
      missing={target === null ? `${chosen.name} is missing.` : null}
      onAct={(reason) => act('/admin/v1/locks', { ...target, ...untilOf(span, Date.now()), reason })}
      done="It is locked"
      onDone={() => {
        setName('');
        onDone();
      }}
    >
      <label className="grid gap-1 text-sm font-medium">
        What
        <select
          value={kind}
          onChange={(event) => setKind(lockKinds.find(({ value }) => value === event.target.value)?.value ?? 'person')}
          className="h-9 rounded-[9px] border border-edge bg-panel px-2.5 font-normal"
        >
          {lockKinds.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {chosen.name !== '' && (
        <label className="grid gap-1 text-sm font-medium">
          {chosen.name}
          <input
            type="text"
            value={name}
            maxLength={500}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
            className="h-9 min-w-0 rounded-[9px] border border-edge bg-panel px-2.5 font-normal"
          />
        </label>
      )}
      <LockSpan value={span} onChange={setSpan} />
    </ActDialog>
  );
}
