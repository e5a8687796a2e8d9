import type { ReactNode } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import { ProblemCard as Card } from '../../ui/components/problem-card.tsx';

/** What happened, why and what to do, in the person's language; `children` is the one button that does it. */
export function ProblemCard({ problem, children }: { problem: UserProblem; children?: ReactNode }) {
  return <Card problem={problemInWords(problem)}>{children}</Card>;
}
