import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import type { ActOutcome } from '../administration/state-place.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import { demandRight } from './authenticate-operator.ts';
import type { Right } from './operator-roles.ts';

/** What every answer that isn’t the wanted one holds (RFC 9457). */
const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stable name of the problem; docs/problems.md has them all.' }),
    detail: z.string(),
    hint: z.string().optional(),
    requestId: z.string().optional(),
  })
  .openapi('Problem');

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** Why it is done; recorded. */
export const reasonSchema = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .openapi({ description: 'Why this is done; it is recorded.' });

/** Where a page begins. */
export const cursorSchema = z
  .string()
  .min(1)
  .max(2000)
  .optional()
  .openapi({ description: '`next` of the page before.' });

/** Where the next page begins. */
export const nextSchema = z.string().nullable().openapi({ description: 'Cursor of the next page; null at the end.' });

/** Declares an operation with the right that it needs, and with the problems that every operation may answer. */
export function adminRoute<Path extends string, Declared extends Omit<RouteConfig, 'path' | 'operationId'>>(
  audit: AuditLog,
  operationId: string,
  right: Right,
  path: Path,
  declared: Declared,
) {
  return createRoute({
    ...declared,
    path,
    operationId,
    description: `${declared.description ?? declared.summary ?? ''} Needs the right ${right}.`.trim(),
    security: [{ bearer: [] }],
    middleware: [demandRight(right, audit)] as const,
    responses: {
      ...declared.responses,
      400: problem('What was asked can’t be meant.'),
      401: problem('There is no token, or it doesn’t count.'),
      403: problem('The caller’s roles don’t include it.'),
      404: problem('There is no such thing.'),
      409: problem('It can’t be done as things are.'),
      412: problem('It is no longer as it was read (If-Match).'),
      413: problem('The body is too large.'),
      422: problem('The idempotency key was used for something else.'),
      429: problem('Too many requests.'),
      500: problem('The relay failed; its log says more under the request’s id.'),
      503: problem('Something that is needed for it is away.'),
    },
  });
}

/** An answer of 200 with JSON. */
export function answers<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { 200: { description, content: { 'application/json': { schema } } } } as const;
}

/** Without what was left out. */
export function defined<Given extends object>(given: Given): { [Key in keyof Given]?: Exclude<Given[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

/** What became of an act that is in force. */
export const outcomeShape = {
  recorded: z.boolean().openapi({ description: 'False when its record waits for whoever can write the audit again.' }),
  untold: z.string().nullable().openapi({ description: 'Why other relays couldn’t be told now; null when they know.' }),
} as const;

export function shownOutcome({ isRecorded, untold }: ActOutcome): { recorded: boolean; untold: string | null } {
  return { recorded: isRecorded, untold: untold?.message ?? null };
}
