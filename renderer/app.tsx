import { Tooltip } from 'radix-ui';
import { useEffect } from 'react';
import { text } from '../shared/messages/text.ts';
import { Button } from '../ui/components/button.tsx';
import { Copying } from '../ui/components/copying.ts';
import { keepFocus } from '../ui/components/keep-focus.ts';
import { Announcer } from './components/announcer.tsx';
import { NoticeToasts } from './components/notice-toasts.tsx';
import { ProblemCard } from './components/problem-card.tsx';
import { SkeletonList } from '../ui/components/skeleton.tsx';
import { showsSignIn } from './model/front-page.ts';
import { Shell } from './screens/shell.tsx';
import { SignInScreen } from './screens/sign-in-screen.tsx';
import { useApp } from './store/app-store.ts';
import { copyText } from './store/commands.ts';
import { loadState } from './store/mirror.ts';

/** The whole window: loading, sign-in or the shell with its screens. */
export function App() {
  const locale = useApp((state) => state.locale);
  useEffect(keepFocus, []);
  return (
    <Tooltip.Provider key={locale} delayDuration={500}>
      <Copying value={copyText}>
        <Front />
      </Copying>
      <Announcer />
      <NoticeToasts />
    </Tooltip.Provider>
  );
}

function Front() {
  const snapshot = useApp((state) => state.snapshot);
  const loadProblem = useApp((state) => state.loadProblem);
  const addingRelay = useApp((state) => state.addingRelay);
  if (snapshot === null) {
    return (
      <main className="mx-auto grid h-full max-w-xl content-center p-6">
        <h1 className="sr-only">Causeway</h1>
        {loadProblem === null ? (
          <SkeletonList label={text('app.loading')} />
        ) : (
          <ProblemCard problem={loadProblem}>
            <Button onClick={() => void loadState()}>{text('app.try-again')}</Button>
          </ProblemCard>
        )}
      </main>
    );
  }
  return addingRelay || showsSignIn(snapshot) ? <SignInScreen snapshot={snapshot} /> : <Shell snapshot={snapshot} />;
}
