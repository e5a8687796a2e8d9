import { KeyRound, LoaderCircle } from 'lucide-react';
import type { SignInState } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { CopyTextButton } from '../../ui/components/copy-button.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { formatCountdown } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';

export interface SignInWaitingProps {
  readonly signIn: SignInState;
  readonly onCancel: () => void;
  readonly onReopen: () => void;
  readonly onChoose: (issuer: string) => void;
}

/** What goes on while the browser has the sign-in, with every way on or out. */
export function SignInWaiting({ signIn, onCancel, onReopen, onChoose }: SignInWaitingProps) {
  const now = useNow(1000);
  const step = stepOf(signIn.status);
  const choice = signIn.status === 'choosing-issuer' ? signIn : null;
  const waiting = signIn.status === 'waiting-for-browser' ? signIn : null;
  return (
    <div className="grid gap-4 rounded-xl border border-line bg-panel p-5">
      <div className="flex gap-3">
        {choice === null ? (
          <LoaderCircle aria-hidden className="spin mt-0.5 size-5 shrink-0 text-accent" />
        ) : (
          <KeyRound aria-hidden className="mt-0.5 size-5 shrink-0 text-accent" />
        )}
        <output className="grid gap-0.5">
          <span className="font-semibold">{text(`sign-in.step.${step}`)}</span>
          <span className="text-sm text-mute">{text(`sign-in.step.${step}.text`)}</span>
        </output>
      </div>
      {choice?.issuers.map(({ name, issuer }) => (
        <Button key={issuer} size="large" title={issuer} onClick={() => onChoose(issuer)}>
          {name}
        </Button>
      ))}
      {waiting !== null && (
        <p className="text-sm text-mute tabular-nums">
          {text('sign-in.time-left', { time: formatCountdown(waiting.givesUpAtMs - now) })}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {waiting !== null && <Button onClick={onReopen}>{text('sign-in.reopen')}</Button>}
        {waiting !== null && <CopyTextButton text={waiting.url} label={text('sign-in.copy-link')} />}
        <Button look="quiet" className="ms-auto" onClick={onCancel}>
          {text('app.cancel')}
        </Button>
      </div>
    </div>
  );
}

/** The words of a step; steps that hardly last share theirs. */
function stepOf(status: SignInState['status']): 'contacting' | 'choosing-issuer' | 'waiting-for-browser' | 'finishing' {
  if (status === 'contacting' || status === 'choosing-issuer' || status === 'waiting-for-browser') return status;
  return 'finishing';
}
