import { Component, type ReactNode } from 'react';
import { toUserProblem, type UserProblem } from '../../shared/errors.ts';
import { Button } from '../../ui/components/button.tsx';
import { ProblemCard } from '../../ui/components/problem-card.tsx';

/** Keeps the shell when a page breaks, or when its files are gone because the relay was upgraded meanwhile. */
export class PageBoundary extends Component<{ children: ReactNode }, { readonly problem: UserProblem | null }> {
  override readonly state: { readonly problem: UserProblem | null } = { problem: null };

  static getDerivedStateFromError(error: unknown): { readonly problem: UserProblem } {
    return {
      problem: {
        ...toUserProblem(error, Date.now()),
        title: 'This page can’t be shown',
        hint: 'Load it again. If that doesn’t help, show the details to whoever looks after Causeway.',
      },
    };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <div className="flex-1 p-6">
        <ProblemCard problem={problem}>
          <Button onClick={() => location.reload()}>Load it again</Button>
        </ProblemCard>
      </div>
    );
  }
}
