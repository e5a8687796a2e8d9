import { toUserProblem, type UserProblem } from '../../shared/errors.ts';
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
  const id = problem.requestId === undefined ? '' : `\nRequest id: ${problem.requestId}`;
  const when = problem.code === 'session-revoked' ? ` (${new Date(problem.atMs).toLocaleString()})` : '';
  return `${problem.title}.\n${problem.detail}${when}\n${problem.hint}${id}`;
}

/** Writes to this process's own streams; nothing that a relay or a provider says can steer the terminal. */
export function createTerminal(
  json: boolean,
  out: NodeJS.WritableStream = process.stdout,
  err: NodeJS.WritableStream = process.stderr,
): Terminal {
  return {
    json,
    result: (object, text) => void out.write(json ? `${terminalJson(object)}\n` : `${terminalText(text)}\n`),
    note: (text) => void (json ? undefined : err.write(`${terminalText(text)}\n`)),
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
