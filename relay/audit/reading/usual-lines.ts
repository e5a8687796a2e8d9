/** A request's decision as its line has it, without being parsed. */
export interface DecisionLine {
  readonly path: string;
  /** All that isn't the request's own: the line without its id, time and path. */
  readonly rest: string;
}

/** How a request ended, if the line says nothing else that records are found by. */
export interface OutcomeLine {
  readonly requestId: string;
  readonly timeMs: number;
  readonly status: number;
}

const pathKey = '","path":"';
const behindPath = '","effect":"';
// As `auditLine` writes it; everything that it says is matched.
const plainOutcome =
  /^\{"type":"outcome","requestId":"([^"\\]*)","timeMs":(\d{1,15}),"outcome":"[a-z]*","status":(\d{3}),"durationMs":\d+,"requestBytes":\d+,"responseBytes":\d+,"detail":null\}$/;

/**
 * Cuts a decision’s line at its path; null where that isn’t plain. No text within a string of JSON is taken for a field: quotes
 * are escaped there. Pure.
 * @param from where id and time of the request end
 */
export function decisionLine(line: string, from: number): DecisionLine | null {
  const pathAt = line.indexOf(pathKey, from);
  if (pathAt < 0) return null;
  const begin = pathAt + pathKey.length;
  const end = line.indexOf(behindPath, begin);
  if (end < 0) return null;
  const path = line.slice(begin, end);
  return path.includes('\\') ? null : { path, rest: line.slice(from, begin) + line.slice(end) };
}

/** Reads the line of an outcome that has a status, and no detail and no code; null for all others. Pure. */
export function outcomeLine(line: string): OutcomeLine | null {
  const found = plainOutcome.exec(line);
  if (found === null) return null;
  const [, requestId = '', timeMs, status] = found;
  return { requestId, timeMs: Number(timeMs), status: Number(status) };
}
