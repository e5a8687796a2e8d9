import type { ReactNode } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { actionAt, type ProblemAction } from '../../shared/problem-action.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { ProblemCard as Card } from '../../ui/components/problem-card.tsx';
import { bannerFor } from '../model/banner.ts';
import { showScreen, useApp, useProfile } from '../store/app-store.ts';
import { doProblemAction, relayStanding } from '../store/do-problem-action.ts';

export interface ProblemCardProps {
  readonly problem: UserProblem;
  /** The one button that helps, where the place has one of its own; else it follows from what failed. */
  readonly children?: ReactNode;
  /** The relay that failed; the one in front if left out. */
  readonly profile?: ProfileSnapshot | null;
  /** What the place has a button for already, beside the card. */
  readonly besides?: readonly ProblemAction[];
  /** Where “What’s wrong?” leads; left out, to Diagnostics where a relay is there to look at. Null for nowhere. */
  readonly onDiagnose?: (() => void) | null;
}

/**
 * What happened, why and what to do, in the person's language, with one button that does it. “What’s wrong?” leads to
 * Diagnostics.
 */
export function ProblemCard({ problem, children, besides = [], onDiagnose, profile: given }: ProblemCardProps) {
  const screen = useApp((state) => state.screen);
  const snapshot = useApp((state) => state.snapshot);
  const dismissed = useApp((state) => state.dismissedBanners);
  const inFront = useProfile();
  const profile = given === undefined ? inFront : given;
  const isDiagnosing = screen === 'diagnostics';
  const relay = relayStanding(profile);
  const diagnose =
    onDiagnose === undefined && relay === 'signed-in' && !isDiagnosing
      ? () => showScreen('diagnostics')
      : (onDiagnose ?? null);
  const action = actionAt(problem.code, { canRetry: false, relay, isDiagnosing: isDiagnosing || diagnose !== null });
  const atTop = snapshot === null ? undefined : bannerFor(snapshot, { dismissed })?.action?.type;
  const own = children === undefined && action !== atTop && !besides.includes(action);
  return (
    <Card problem={problemInWords(problem)}>
      {children}
      {own && (
        <Button onClick={() => doProblemAction(action, problem, { profile })}>
          {text(`problem-action.${action}`)}
        </Button>
      )}
      {diagnose !== null && (
        <Button look="quiet" onClick={diagnose}>
          {text('problem-action.diagnose')}
        </Button>
      )}
    </Card>
  );
}
