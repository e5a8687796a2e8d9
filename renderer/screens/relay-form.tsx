import { LoaderCircle } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { ProblemCard } from '../components/problem-card.tsx';
import { readTypedRelayAddress } from '../model/typed-relay-address.ts';
import { addressHost } from '../model/relay-address.ts';
import { text } from '../../shared/messages/text.ts';

export interface RelayFormProps {
  readonly suggested: string;
  readonly recent: readonly string[];
  readonly busy: boolean;
  readonly problem: UserProblem | null;
  /** How the address last typed was understood, where that isn't plain. */
  readonly note: string | null;
  /** The relay that was tried; null before there is one. */
  readonly profile: ProfileSnapshot | null;
  /** Shows what is in the way, step by step; null where there is no relay to look at. */
  readonly onDiagnose: (() => void) | null;
  readonly onStart: (relayUrl: string, note: string | null) => void;
}

/** Asks for the relay's address, the one thing a person types. */
export function RelayForm({ suggested, recent, busy, problem, note, profile, onDiagnose, onStart }: RelayFormProps) {
  const [typed, setTyped] = useState(suggested);
  const [message, setMessage] = useState<string | null>(null);
  const field = useId();

  useEffect(() => document.getElementById(field)?.focus(), [field]);

  const start = (wanted: string) => {
    const address = readTypedRelayAddress(wanted);
    setMessage(address.status === 'invalid' ? address.message : null);
    if (address.status === 'invalid') return;
    if (address.note !== null) setTyped(address.url);
    onStart(address.url, address.note);
  };
  const others = recent.filter((url) => url !== typed).slice(0, 4);

  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        start(typed);
      }}
    >
      {/* What is wrong with the address comes first: one thing to do at a time. */}
      {problem !== null && message === null && (
        <ProblemCard
          problem={problem}
          profile={profile}
          besides={['sign-in', 'try-again', 'try-now']}
          onDiagnose={onDiagnose}
        />
      )}
      <div className="grid gap-1.5">
        <label htmlFor={field} className="text-sm font-medium">
          {text('sign-in.address')}
        </label>
        <input
          id={field}
          type="url"
          value={typed}
          placeholder={text('sign-in.address.example')}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={message !== null}
          aria-describedby={`${field}-note`}
          onChange={(event) => setTyped(event.target.value)}
          className="h-10 rounded-[9px] border border-edge bg-panel px-3 placeholder:text-faint aria-invalid:border-bad"
        />
        <p
          id={`${field}-note`}
          role={message === null ? undefined : 'alert'}
          className={`text-xs ${message === null ? 'text-faint' : 'text-bad'}`}
        >
          {message ?? note ?? text('sign-in.address.note')}
        </p>
      </div>
      <Button type="submit" look="primary" size="large" aria-busy={busy}>
        {busy && <LoaderCircle aria-hidden className="spin size-4" />}
        {text('sign-in.continue')}
      </Button>
      {others.length > 0 && (
        <div className="grid gap-1.5">
          <h2 className="text-xs font-semibold text-faint">{text('sign-in.used-before')}</h2>
          <ul className="overflow-hidden rounded-xl border border-line bg-panel">
            {others.map((url) => (
              <li key={url} className="border-t border-line first:border-t-0">
                <button
                  type="button"
                  className="w-full px-3 py-2 text-start -outline-offset-2 transition-colors hover:bg-side"
                  onClick={() => {
                    setTyped(url);
                    setMessage(null);
                    document.getElementById(field)?.focus();
                  }}
                >
                  {addressHost(url)}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}
