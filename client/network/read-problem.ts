import { z } from 'zod';
import { type ErrorCode, problemTexts } from '../../shared/errors.ts';
import { reasonsSchema } from '../../shared/reason.ts';
import { saidByRelay } from '../../shared/reason-text.ts';

/** What the client goes by of a relay's problem document (RFC 9457). */
export interface RelayProblem {
  /** Null for one that this version doesn't know. */
  readonly code: ErrorCode | null;
  /** In the present language, where the relay has said it by codes that are known here. */
  readonly detail: string;
  readonly requestId?: string;
  /** When it happened, where the relay says so. */
  readonly atMs?: number;
}

const maxDetail = 1000;
const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  reasons: reasonsSchema.optional().catch(undefined),
  requestId: z.string().optional(),
  atMs: z.number().optional().catch(undefined),
});

/** Reads an answer's JSON; null when it is no problem document. Nothing in it is trusted but for being shown. */
export function readProblem(body: unknown): RelayProblem | null {
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) return null;
  const { code, detail, reasons, requestId, atMs } = parsed.data;
  return {
    code: isErrorCode(code) ? code : null,
    detail: saidByRelay(detail, reasons).slice(0, maxDetail),
    ...(requestId === undefined ? {} : { requestId }),
    ...(atMs === undefined ? {} : { atMs }),
  };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(problemTexts, code);
}
