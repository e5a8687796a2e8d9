import { useState } from 'react';
import { Button } from '../../../ui/components/button.tsx';
import type { AccessRequest } from '../../api/admin-api.ts';
import { ActDialog } from '../../act/act-dialog.tsx';
import { act } from '../../api/ask.ts';
import { grantedWords, hoursWords } from './access-words.ts';

const decisions = [
  { value: 'approve', label: 'Approve', done: 'Approved', look: 'primary' },
  { value: 'refuse', label: 'Refuse', done: 'Refused', look: 'danger' },
] as const;

/** Approves or refuses a request; the reason goes into the record, and the person reads it. */
export function DecideRequest({ request, onDone }: { request: AccessRequest; onDone: () => void }) {
  const [chosen, setChosen] = useState<(typeof decisions)[number]['value']>('approve');
  const { label, done, look } = decisions.find(({ value }) => value === chosen) ?? decisions[0];
  const { id, requester, reason } = request;
  return (
    <ActDialog
      trigger={<Button aria-label={`Decide on ${grantedWords(request)} for ${requester.username}`}>Decide</Button>}
      title={`${requester.username} asks for ${grantedWords(request)}`}
      text={`For ${hoursWords(request)}. They wrote: ${reason}`}
      action={label}
      look={look}
      reasonLabel="Why; they read it"
      onAct={(why) => act('/admin/v1/access-requests/{id}/{decision}', { reason: why }, { id, decision: chosen })}
      done={`${done}: ${grantedWords(request)} for ${requester.username}`}
      onDone={onDone}
    >
      <fieldset className="flex gap-4">
        <legend className="sr-only">Decision</legend>
        {decisions.map(({ value, label: text }) => (
          <label key={value} className="flex items-center gap-2">
            <input type="radio" name={`decision-${id}`} checked={chosen === value} onChange={() => setChosen(value)} />
            {text}
          </label>
        ))}
      </fieldset>
    </ActDialog>
  );
}
