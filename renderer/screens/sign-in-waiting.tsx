import { KeyRound, LoaderCircle } from 'lucide-react';
import type { SignInState } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { CopyTextButton } from '../../ui/components/copy-button.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { formatCountdown } from '../../ui/model/format.ts';

export interface SignInWaitingProps {
  readonly signIn: SignInState;
  readonly onCancel: () => void;
  readonly onReopen: () => void;
  readonly onChoose: (issuer: string) => void;
}

/** What goes on while the browser has the sign-in, with every way on or out. */
export function SignInWaiting({ signIn, onCancel, onReopen, onChoose }: SignInWaitingProps) {
  const now = useNow(1000);
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
          <span className="font-semibold">{headline(signIn.status)}</span>
          <span className="text-sm text-mute">{explanation(signIn.status)}</span>
        </output>
      </div>
      {choice?.issuers.map(({ name, issuer }) => (
        <Button key={issuer} size="large" title={issuer} onClick={() => onChoose(issuer)}>
          {name}
        </Button>
      ))}
      {waiting !== null && (
        <p className="text-sm text-mute tabular-nums">Time left: {formatCountdown(waiting.givesUpAtMs - now)} min</p>
      )}
      <div className="flex flex-wrap gap-2">
        {waiting !== null && <Button onClick={onReopen}>Open the page again</Button>}
        {waiting !== null && <CopyTextButton text={waiting.url} label="Copy link" />}
        <Button look="quiet" className="ml-auto" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

function headline(status: SignInState['status']): string {
  if (status === 'contacting') return 'Contacting the relay';
  if (status === 'choosing-issuer') return 'Where do you sign in?';
  return status === 'waiting-for-browser' ? 'Finish in your browser' : 'Signing you in';
}

function explanation(status: SignInState['status']): string {
  if (status === 'contacting') return 'Causeway asks it where you sign in.';
  if (status === 'waiting-for-browser')
    return 'A sign-in page is open there. This window comes forward when you’re done.';
  if (status === 'choosing-issuer')
    return 'The relay takes several sign-in services. Choose the one with your account.';
  return 'Almost there.';
}
