import type { UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import { formatAbsolute } from '../../ui/model/format.ts';

/** A failure as text to send to IT: what happened, and what to find it by. `relay` is null where none plays a part. */
export function problemReport(problem: UserProblem, relay: string | null, appVersion: string | null): string {
  const { title, detail, code, requestId, atMs } = problemInWords(problem);
  const facts = [
    text('problem-action.report.code', { code }),
    ...(requestId === undefined ? [] : [text('problem-action.report.request', { id: requestId })]),
    text('problem-action.report.at', { time: formatAbsolute(atMs) }),
    ...(relay === null ? [] : [text('problem-action.report.relay', { relay })]),
    ...(appVersion === null ? [] : [text('problem-action.report.app', { version: appVersion })]),
  ];
  return [title, ...(detail === '' ? [] : [detail]), '', ...facts].join('\n');
}
