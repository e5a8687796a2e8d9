import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type AccessError, type ErrorCode, problemTexts } from '../../../shared/errors.ts';
import { currentLanguage } from '../../../shared/messages/language.ts';
import { problem as germanProblems } from '../../../shared/messages/de/problem.ts';
import { forReader } from '../../page-texts/for-reader.ts';
import { PageError } from '../../page-texts/page-error.ts';
import type { AdminContext } from '../admin-env.ts';
import type { ProblemWords } from './console-pages.ts';

/** Answers with a page in the language of whoever asked. */
export function answerPage(
  context: AdminContext,
  make: () => string,
  status: ContentfulStatusCode,
  others: Readonly<Record<string, string>> = {},
): Response {
  const { page, headers } = forReader(context.req.header('accept-language'), make);
  return context.html(page, status, { ...headers, ...others });
}

/** A failure in words of the present language; a detail that is known in English only stays English, and says so. */
export function problemWords(error: AccessError): ProblemWords {
  const said = error instanceof PageError ? error.sentence() : null;
  return {
    ...titleAndHint(error.code),
    detail: said ?? error.message,
    detailLanguage: said === null && currentLanguage() !== 'en' ? 'en' : undefined,
  };
}

function titleAndHint(code: ErrorCode): Pick<ProblemWords, 'title' | 'hint'> {
  const { title, hint } = problemTexts[code];
  switch (currentLanguage()) {
    case 'en':
      return { title, hint };
    case 'de':
      return { title: germanProblems[`problem.${code}.title`], hint: germanProblems[`problem.${code}.hint`] };
  }
}
