import type { ReactNode } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import { Button } from '../../ui/components/button.tsx';
import { ProblemCard as Card } from '../../ui/components/problem-card.tsx';
import { showScreen, useApp, useProfile } from '../store/app-store.ts';

/**
 * What happened, why and what to do, in the person's language; `children` is the one button that does it. Where a relay
 * is there to look at, “What’s wrong?” leads to Diagnostics.
 */
export function ProblemCard({ problem, children }: { problem: UserProblem; children?: ReactNode }) {
  const screen = useApp((state) => state.screen);
  const canLook = useProfile()?.signIn.status === 'signed-in' && screen !== 'diagnostics';
  return (
    <Card problem={problemInWords(problem)}>
      {children}
      {canLook && (
        <Button look="quiet" onClick={() => showScreen('diagnostics')}>
          {text('diagnostics.whats-wrong')}
        </Button>
      )}
    </Card>
  );
}
