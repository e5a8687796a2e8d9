import type { UserProblem } from './errors.ts';
import { text } from './messages/text.ts';

/** A failure as people read it now: its title and hint in the present language, the detail as it came. */
export function problemInWords<P extends UserProblem>(problem: P): P {
  const { code } = problem;
  return { ...problem, title: text(`problem.${code}.title`), hint: text(`problem.${code}.hint`) };
}

/** The same in one text: what happened, why, what to do. */
export function problemText(problem: UserProblem): string {
  const { title, detail, hint } = problemInWords(problem);
  return text('app.problem', { title, detail, hint });
}
