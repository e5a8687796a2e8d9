import { toUserProblem, type UserProblem } from '../../shared/errors.ts';
import { currentLocale } from '../../shared/messages/language.ts';
import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import { terminalJson, terminalText } from '../../shared/shown-text.ts';

/** Where a command writes: text for people, or with `--json` one JSON object a line, each with a `type`. */
export interface Terminal {
  readonly json: boolean;
  /** One result, in both forms; only the wanted one is written. */
  result(object: { readonly type: string } & Readonly<Record<string, unknown>>, text: string): void;
  /** A remark for people, on stderr; nothing with `--json`. */
  note(text: string): void;
  /** What happened, why, what to do. */
  problem(problem: UserProblem): void;
}

/** The three sentences of a problem as one short text. */
export function problemText(problem: UserProblem): string {
  const { title, detail, hint, code, requestId, atMs } = problemInWords(problem);
  const id = requestId === undefined ? '' : `\n${text('activity.id')}: ${requestId}`;
  const when = code === 'session-revoked' ? ` (${new Date(atMs).toLocaleString(currentLocale())})` : '';
  return `${title}.\n${detail}${when}\n${hint}${id}`;
}

/** Writes to this process's own streams; nothing that a relay or a provider says can steer the terminal. */
export function createTerminal(
  json: boolean,
  out: NodeJS.WritableStream = process.stdout,
  err: NodeJS.WritableStream = process.stderr,
): Terminal {
  return {
    json,
    result: (object, words) => void out.write(json ? `${terminalJson(object)}\n` : `${terminalText(words)}\n`),
    note: (remark) => void (json ? undefined : err.write(`${terminalText(remark)}\n`)),
    problem: (problem) =>
      void (json
        ? out.write(`${terminalJson({ type: 'problem', ...problem })}\n`)
        : err.write(`${terminalText(problemText(problem))}\n`)),
  };
}

/** Any thrown value as a problem of now. */
export function problemOf(error: unknown): UserProblem {
  return toUserProblem(error, Date.now());
}
