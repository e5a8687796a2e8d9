import { type AccessError, type ErrorCode, problemTexts } from './errors.ts';
import type { Reason } from './reason.ts';
import { saidOnce } from './said-once.ts';
import type { StepUp } from './step-up.ts';

/**
 * Problem document (RFC 9457) that the relay and the local listeners answer with, `application/problem+json`.
 * `type` is `urn:causeway:problem:<code>`; `hint` says what to do; `rule` and `unlockedBy` explain a denial.
 */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What `detail` says, as codes with parameters, for clients that speak another language; left out where it has none. */
  readonly reasons?: readonly Reason[];
  readonly hint: string;
  readonly code: ErrorCode;
  readonly requestId?: string;
  readonly api?: string;
  readonly rule?: string;
  /** Groups of which any one would allow the request. */
  readonly unlockedBy?: readonly string[];
  /** For `step-up-required`: the fresh sign-in that would allow the request. */
  readonly stepUp?: StepUp;
  /** For `rate-limited` and `quota-used-up`: when the count starts anew, milliseconds since the epoch. */
  readonly resetsAtMs?: number;
  /** For `session-revoked`: when the session was ended, milliseconds since the epoch; where that is known. */
  readonly atMs?: number;
}

export const problemMediaType = 'application/problem+json';

/** Builds the document of a code; `extra` adds what is known of the single case. */
export function problemDocument(
  code: ErrorCode,
  status: number,
  detail: string,
  extra: Partial<
    Pick<ProblemDocument, 'requestId' | 'api' | 'rule' | 'unlockedBy' | 'stepUp' | 'resetsAtMs' | 'atMs' | 'reasons'>
  > = {},
): ProblemDocument {
  const { title, hint } = problemTexts[code];
  return { type: `urn:causeway:problem:${code}`, title, status, detail: saidOnce(detail), hint, code, ...extra };
}

/** The document of a refusal that was thrown; when it happened goes along where that is known. */
export function refusalDocument({ code, message, atMs, reasons }: AccessError, status: number): ProblemDocument {
  return problemDocument(code, status, message, {
    ...(atMs === undefined ? {} : { atMs }),
    ...(reasons === undefined ? {} : { reasons }),
  });
}
