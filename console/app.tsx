import { Tooltip } from 'radix-ui';
import { useEffect } from 'react';
import { Button } from '../ui/components/button.tsx';
import { Copying } from '../ui/components/copying.ts';
import { Notices } from '../ui/components/notices.tsx';
import { ProblemCard } from '../ui/components/problem-card.tsx';
import { SkeletonList } from '../ui/components/skeleton.tsx';
import { Shell } from './shell/shell.tsx';
import { SignInPage } from './shell/sign-in-page.tsx';
import { closeNotice, copyText, useNotices } from './store/notices.ts';
import { checkSignIn, loadSignIn, useSignIn } from './store/sign-in.ts';

/** The whole page: who is there decides between the sign-in and the shell with its pages. */
export function App() {
  const notices = useNotices((state) => state.notices);
  useEffect(() => {
    void loadSignIn();
    const look = () => {
      if (document.visibilityState === 'visible') void checkSignIn();
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return (
    <Tooltip.Provider delayDuration={500}>
      <Copying value={copyText}>
        <Front />
      </Copying>
      <Notices notices={notices} onClose={closeNotice} />
    </Tooltip.Provider>
  );
}

function Front() {
  const signIn = useSignIn((state) => state.signIn);
  switch (signIn.status) {
    case 'signed-in':
      return <Shell me={signIn.me} />;
    case 'signed-out':
      return <SignInPage problem={signIn.problem} />;
    case 'loading':
    case 'failed':
      return (
        <main className="mx-auto grid h-full max-w-xl content-center p-6">
          <h1 className="sr-only">Causeway console</h1>
          {signIn.status === 'loading' ? (
            <SkeletonList label="Loading" rows={3} />
          ) : (
            <ProblemCard problem={signIn.problem}>
              <Button onClick={() => void loadSignIn()}>Try again</Button>
            </ProblemCard>
          )}
        </main>
      );
  }
}
