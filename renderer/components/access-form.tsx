import { LoaderCircle } from 'lucide-react';
import { useId, useState } from 'react';
import { requestCommand, type Requestable } from '../model/access-request.ts';
import { formatSpan } from '../../ui/model/format.ts';
import { reasonId } from '../store/app-store.ts';
import { ask } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { text } from '../../shared/messages/text.ts';
import { problemText } from '../../shared/problem-words.ts';

export interface AccessFormProps {
  readonly profileId: string;
  /** Where the role is to count; id null for all APIs. */
  readonly api: { readonly id: string | null; readonly name: string };
  /** At least one. */
  readonly roles: readonly Requestable[];
  readonly onSent: () => void;
}

type Asking = { readonly status: 'writing'; readonly message: string | null } | { readonly status: 'sending' };

/** Asks the approvers for a role, with a reason; the grant ends by itself. */
export function AccessForm({ profileId, api, roles, onSent }: AccessFormProps) {
  const [role, setRole] = useState(roles[0]?.role ?? '');
  const [reason, setReason] = useState('');
  const [asking, setAsking] = useState<Asking>({ status: 'writing', message: null });
  const id = useId();
  const offer = roles.find((each) => each.role === role) ?? roles[0];

  const send = () => {
    if (reason.trim() === '') {
      setAsking({ status: 'writing', message: text('access.why-missing') });
      return;
    }
    setAsking({ status: 'sending' });
    void ask('api:request-access', { profileId, api: api.id, role, reason: reason.trim() }).then((result) => {
      setAsking({ status: 'writing', message: result.ok ? null : problemText(result.problem) });
      if (result.ok) onSent();
      return result.ok;
    });
  };

  const message = asking.status === 'writing' ? asking.message : null;
  const command = requestCommand(api.id, role);
  return (
    <form
      noValidate
      aria-label={text('access.ask-for', { api: api.name })}
      className="grid w-full gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {roles.length > 1 && (
        <label className="grid gap-1 text-sm">
          {text('access.role')}
          <select
            value={role}
            onChange={(event) => setRole(event.target.value)}
            className="h-9 min-w-0 rounded-[9px] border border-edge bg-panel px-2.5"
          >
            {roles.map((each) => (
              <option key={each.role}>{each.role}</option>
            ))}
          </select>
        </label>
      )}
      <label className="grid gap-1 text-sm" htmlFor={reasonId(api.id)}>
        {roles.length === 1 ? text('access.why-role', { role }) : text('access.why')}
      </label>
      <textarea
        id={reasonId(api.id)}
        rows={2}
        maxLength={1000}
        value={reason}
        aria-invalid={message !== null}
        aria-describedby={`${id}-note`}
        onChange={(event) => setReason(event.target.value)}
        className="min-h-[3.75rem] resize-y rounded-[9px] border border-edge bg-panel px-2.5 py-1.5 aria-invalid:border-bad"
      />
      <p
        id={`${id}-note`}
        role={message === null ? undefined : 'alert'}
        className={`text-xs break-words ${message === null ? 'text-mute' : 'text-bad'}`}
      >
        {message ?? text('access.at-most', { span: formatSpan((offer?.maxHours ?? 0) * 3_600_000) })}
      </p>
      <Button type="submit" look="primary" className="justify-self-start" aria-busy={asking.status === 'sending'}>
        {asking.status === 'sending' && <LoaderCircle aria-hidden className="spin size-4" />}
        {text('access.ask')}
      </Button>
      <div className="text-xs text-mute">
        {text('access.terminal')}
        <div className="flex min-w-0 items-center gap-1">
          <code className="min-w-0 font-mono break-words">{command}</code>
          <CopyButton text={command} label={text('access.terminal.copy')} />
        </div>
      </div>
    </form>
  );
}
