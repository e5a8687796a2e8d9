import type { UserProblem } from '../../shared/errors.ts';

/** Ends a command with a problem that the client core has already put into words. */
export class ProblemShown extends Error {
  override readonly name = 'ProblemShown';
  readonly problem: UserProblem;

  constructor(problem: UserProblem) {
    super(problem.title);
    this.problem = problem;
  }
}
