import { type ErrorCode, problemTexts } from '../../errors.ts';

/** Ids of what a failure is called and what to do about it, by its code. */
export type ProblemTextId = `problem.${ErrorCode}.${'title' | 'hint'}`;

/** What failures are called and what to do about them: the words of `problemTexts`, which relay and CLI use, too. */
export const problem = Object.fromEntries(
  Object.entries(problemTexts).flatMap(([code, { title, hint }]) => [
    [`problem.${code}.title`, title],
    [`problem.${code}.hint`, hint],
  ]),
) as Readonly<Record<ProblemTextId, string>>;
