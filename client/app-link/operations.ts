import { z } from 'zod';
import type { ShownRequest } from '../../shared/access-request.ts';
import type { AppUpdate } from '../../shared/app-update.ts';
import type { ActivityLog } from '../../shared/activity.ts';
import { apiIdSchema } from '../../shared/catalog.ts';
import type { DiagnosticReport } from '../../shared/diagnostics.ts';
import type { UserProblem } from '../../shared/errors.ts';
import { chosenNameSchema, type OwnSession } from '../../shared/own-session.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { ActivityBatch } from '../profile/activity-store.ts';

/** Versions of the conversation that this program speaks, best first. A new operation is no new version. */
export const linkProtocols = [1] as const;

const profileId = z.string().min(1).max(200);
const ofProfile = z.strictObject({ profileId });
const ofApi = z.strictObject({ profileId, api: apiIdSchema });

/**
 * Everything that another program of the same person can have the running app do, with the schema of its arguments. None
 * gives out a token, a key or a secret, and none signs in or out.
 */
export const operationSchemas = {
  state: z.strictObject({}),
  /** From now on, `state` and `activity` come by themselves; the answer is the present state. */
  watch: z.strictObject({}),
  connect: ofApi,
  disconnect: ofApi,
  'set-port': z.strictObject({ profileId, api: apiIdSchema, port: z.int().min(1024).max(65535).nullable() }),
  'set-favourite': z.strictObject({ profileId, api: apiIdSchema, favourite: z.boolean() }),
  pause: ofProfile,
  resume: ofProfile,
  'refresh-catalog': ofProfile,
  activity: ofProfile,
  sessions: ofProfile,
  'end-sessions': z.strictObject({
    profileId,
    which: z.union([z.literal('others'), z.strictObject({ id: z.string().regex(/^[\w-]{1,64}$/) })]),
  }),
  'rename-session': z.strictObject({ profileId, id: z.string().regex(/^[\w-]{1,64}$/), name: chosenNameSchema }),
  /** `api` null for a role that counts at all APIs. */
  'request-access': z.strictObject({
    profileId,
    api: apiIdSchema.nullable(),
    role: z.string().min(1).max(256),
    reason: z.string().trim().min(1).max(1000),
    hours: z.number().gt(0).max(8760).optional(),
  }),
  'refresh-requests': ofProfile,
  /** An approver's word on somebody's request for access; `end` ends its grant early. */
  'decide-request': z.strictObject({
    profileId,
    id: z.string().regex(/^[\w-]{1,64}$/),
    verdict: z.enum(['approve', 'refuse', 'end']),
    note: z.string().trim().max(1000),
    hours: z.number().gt(0).max(8760).optional(),
  }),
  diagnose: ofProfile,
  'update-status': z.strictObject({}),
} as const satisfies Record<string, z.ZodType>;

export type Operation = keyof typeof operationSchemas;
export type OperationArguments<O extends Operation> = z.infer<(typeof operationSchemas)[O]>;

interface OperationValues {
  state: Snapshot;
  watch: Snapshot;
  activity: ActivityLog;
  sessions: readonly OwnSession[];
  'end-sessions': readonly string[];
  'rename-session': string;
  'request-access': ShownRequest;
  diagnose: DiagnosticReport;
  /** Null where the app knows nothing of updates. */
  'update-status': AppUpdate | null;
}
export type OperationValue<O extends Operation> = O extends keyof OperationValues ? OperationValues[O] : null;

/** Why the app doesn't talk with a program; the code is stable, the words are for people. */
export type LinkRefusal = {
  readonly code: 'version' | 'consent' | 'user' | 'busy' | 'flood' | 'malformed' | 'late';
  readonly message: string;
  /** For `version`: what the app speaks. */
  readonly protocols?: readonly number[];
};

/** The first line of a program: what it is, and which versions it speaks. */
export const helloSchema = z.object({
  hello: z.object({
    protocols: z.array(z.int()).min(1).max(20),
    program: z.string().min(1).max(100),
  }),
});

/** Every later line of a program. */
export const requestSchema = z.object({
  id: z.int().min(0),
  op: z.string().max(100),
  args: z.unknown(),
});

/** What the app writes, a line each. */
export type AppLine =
  | { readonly hello: { readonly protocol: number; readonly app: string } }
  /** The person is being asked whether this program may. */
  | { readonly asking: true }
  | { readonly refused: LinkRefusal }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly problem: UserProblem }
  | { readonly event: 'state'; readonly value: Snapshot }
  | {
      readonly event: 'activity';
      readonly value: { readonly profileId: string; readonly batch: ActivityBatch };
    };

/** The same, as far as a program trusts it before it looks inside. */
export const appLineSchema = z.union([
  z.object({ hello: z.object({ protocol: z.int(), app: z.string() }) }),
  z.object({ asking: z.literal(true) }),
  z.object({ refused: z.object({ code: z.string(), message: z.string(), protocols: z.array(z.int()).optional() }) }),
  z.object({ id: z.int(), ok: z.literal(true), value: z.unknown() }),
  z.object({
    id: z.int(),
    ok: z.literal(false),
    problem: z.object({ code: z.string(), title: z.string(), detail: z.string(), hint: z.string(), atMs: z.number() }),
  }),
  z.object({ event: z.enum(['state', 'activity']), value: z.unknown() }),
]);
