import { KeyRound, LogIn } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { Button } from '../../ui/components/button.tsx';
import { Logo } from '../../ui/components/logo.tsx';
import { ProblemCard } from '../../ui/components/problem-card.tsx';
import { setTitle } from './set-title.ts';
import { readProviders, type SignInChoice } from '../api/ask.ts';

/** Where an operator signs in. The relay does it with the provider; this page never holds a token. */
export function SignInPage({ problem }: { problem: UserProblem | null }) {
  const [choices, setChoices] = useState<readonly SignInChoice[] | null>(null);
  const [failed, setFailed] = useState<UserProblem | null>(null);
  const load = useCallback(() => {
    void readProviders().then((answer) => {
      setFailed(answer.ok ? null : answer.problem);
      if (answer.ok) setChoices(answer.value.providers);
    });
  }, []);
  useEffect(load, [load]);
  useEffect(() => {
    setTitle('Sign in');
  }, []);

  return (
    <main className="grid h-full overflow-y-auto p-6">
      <div className="m-auto grid w-full max-w-[420px] gap-5 py-4">
        <header className="grid justify-items-center gap-1 text-center">
          <Logo />
          <h1 className="mt-3 text-xl font-semibold tracking-tight">Sign in to the console</h1>
          <p className="text-mute">For those who run Causeway. What you do here is recorded.</p>
        </header>
        {problem !== null && <ProblemCard problem={problem} />}
        {failed !== null && (
          <ProblemCard problem={failed}>
            <Button onClick={load}>Try again</Button>
          </ProblemCard>
        )}
        {choices !== null && choices.length > 0 && (
          <nav aria-label="Where you sign in" className="grid gap-2 rounded-xl border border-line bg-panel p-5">
            {choices.length > 1 && <p className="mb-1 text-sm text-mute">Choose the one with your account.</p>}
            {choices.map(({ name, start }, index) => (
              <a
                key={name}
                href={startHere(start)}
                className={`flex min-h-10 min-w-0 items-center justify-center gap-2 rounded-lg border px-4 py-2 font-medium transition-colors ${
                  index === 0
                    ? 'border-transparent bg-accent-fill text-on-fill hover:bg-accent-fill-strong'
                    : 'border-line bg-panel shadow-raised hover:bg-side'
                }`}
              >
                <LogIn aria-hidden className="size-4 shrink-0" />
                <span className="min-w-0 text-center [overflow-wrap:anywhere]">
                  {choices.length === 1 ? `Continue with ${name}` : name}
                </span>
              </a>
            ))}
          </nav>
        )}
        {choices?.length === 0 && (
          <div className="flex gap-3 rounded-xl border border-line bg-panel p-4">
            <KeyRound aria-hidden className="mt-0.5 size-[18px] shrink-0 text-warning" />
            <div className="grid gap-1">
              <p className="font-semibold">Nobody can sign in here yet</p>
              <p className="text-sm text-mute">
                The relay’s config names no provider for the console: add{' '}
                <code className="font-mono">admin.console</code>, as docs/console.md says, and reload it.
              </p>
            </div>
          </div>
        )}
      </div>
    </main>
  );
}

/** The address that begins the sign-in, and comes back to the page that was asked for. */
function startHere(start: string): string {
  const url = new URL(start, location.origin);
  url.searchParams.set('to', `${location.pathname}${location.search}`);
  return `${url.pathname}${url.search}`;
}
