import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { verifiedStateSchema } from '../audit/verified-state.ts';
import { adminRoute, answers, defined } from './admin-route.ts';
import type { LogVerdict } from './audit-tasks.ts';

export const auditStateSchema = z
  .object({
    records: z.int(),
    cut: z.int().openapi({ description: 'How many records from the first on were taken out because of their age.' }),
    signedUpTo: z.int().openapi({ description: 'The last record that a checkpoint is signed for; 0 for none.' }),
    checkpoint: z.string().openapi({ description: 'That checkpoint (C2SP tlog-checkpoint).' }),
    verifierKey: z.string().nullable().openapi({ description: 'Keep it elsewhere: a replaced key then shows.' }),
    healthy: z.boolean().openapi({ description: 'False while records can’t be written.' }),
  })
  .openapi('AuditState');

export const auditVerdictSchema = z
  .object({
    verifiedAtMs: z.int(),
    tookMs: z.int(),
    logs: z
      .array(
        z.union([
          z.object({
            relay: z.string().nullable(),
            status: z.literal('ok'),
            records: z.int(),
            from: z.int(),
            cut: z.int(),
            unsignedCut: z.literal(true).optional(),
            checkpoints: z.int(),
            signedUpTo: z.int(),
          }),
          z.object({ relay: z.string().nullable(), status: z.literal('broken'), seq: z.int(), reason: z.string() }),
        ]),
      )
      .openapi({
        description: 'The folder of this relay (`relay` is null), and what of each relay a shared storage has.',
      }),
  })
  .openapi('AuditVerdict');

export const proofSchema = z
  .object({
    seq: z.int(),
    line: z.string().openapi({ description: 'The record as it was written: the leaf.' }),
    index: z.int(),
    size: z.int(),
    hashes: z.array(z.string()).openapi({ description: 'Base64, lowest first (RFC 6962 §2.1.1).' }),
    checkpoint: z.string(),
    text: z.string().openapi({ description: 'The same for other programs (C2SP tlog-proof).' }),
  })
  .openapi('AuditProof');

const onwardsSchema = z
  .union([
    z.object({
      status: z.literal('ok'),
      records: z.int(),
      from: z.int(),
      cut: z.int(),
      unsignedCut: z.literal(true).optional(),
      checkpoints: z.int(),
      signedUpTo: z.int(),
      // For the next time; kept where the relay can’t reach it.
      state: verifiedStateSchema,
    }),
    z.object({ status: z.literal('broken'), seq: z.int(), reason: z.string() }),
  ])
  .openapi('LogVerdict');

const growthSchema = z
  .object({
    from: z.int(),
    size: z.int(),
    hashes: z.array(z.string()).openapi({ description: 'Base64 (RFC 6962 §2.1.2).' }),
    checkpoint: z.string(),
  })
  .openapi('AuditGrowth');

type Verdict = z.infer<typeof auditVerdictSchema>;

/** How far the audit goes, whether it is whole, and proofs of single records. */
export function addAuditProofRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, place, reading } = parts;
  const state = adminRoute(audit, 'auditState', 'read-audit', '/admin/v1/audit/state', {
    method: 'get',
    summary: 'How far this relay’s audit goes, its newest checkpoint and the key that signs.',
    request: { query: z.strictObject({}) },
    responses: answers(auditStateSchema, 'What is there.'),
  });
  app.openapi(state, async (context) =>
    context.json({ ...(await reading.ask('auditState', place(), undefined)), healthy: audit.healthy }, 200),
  );

  let underWay: Promise<Verdict> | null = null;
  const verify = async (): Promise<Verdict> => {
    const startedAtMs = Date.now();
    const logs: readonly LogVerdict[] = await reading.ask('verifyAudit', place(), undefined);
    const verifiedAtMs = Date.now();
    return { verifiedAtMs, tookMs: verifiedAtMs - startedAtMs, logs: [...logs] };
  };
  const verifyAll = adminRoute(audit, 'verifyAudit', 'read-audit', '/admin/v1/audit/verify', {
    method: 'post',
    summary: 'Computes the hashes of all records again and compares them with every checkpoint.',
    description: 'Takes some seconds for a million records. Who asks meanwhile gets the same answer.',
    request: { query: z.strictObject({}) },
    responses: answers(auditVerdictSchema, 'What was found, log by log.'),
  });
  app.openapi(verifyAll, async (context) => {
    underWay ??= verify().finally(() => (underWay = null));
    return context.json(await underWay, 200);
  });

  const onwards = adminRoute(audit, 'verifyOnwards', 'read-audit', '/admin/v1/audit/verify-onwards', {
    method: 'post',
    summary: 'Verifies one log from where an earlier verification ended, against a key and checkpoints kept elsewhere.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                relay: z.string().min(1).max(100).optional().openapi({
                  description: 'Of those that share a storage; the folder of the relay that answers when left out.',
                }),
                verifierKey: z.string().min(1).max(100_000).optional(),
                keptCheckpoints: z.string().max(4_194_304).optional(),
                state: verifiedStateSchema
                  .optional()
                  .openapi({ description: 'Of the answer before; all when left out.' }),
              })
              .openapi('LogToVerify'),
          },
        },
      },
    },
    responses: answers(onwardsSchema, 'What was found.'),
  });
  app.openapi(onwards, async (context) =>
    context.json((await reading.ask('verifyOnwards', place(), defined(context.req.valid('json')))) as never, 200),
  );

  const growth = adminRoute(audit, 'proveGrowth', 'read-audit', '/admin/v1/audit/growth', {
    method: 'get',
    summary: 'That the audit of a relay goes on from an earlier checkpoint.',
    request: {
      query: z.strictObject({
        relay: z.string().min(1).max(200).optional().openapi({
          description: 'Of those that share a storage; the folder of the relay that answers when left out.',
        }),
        from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).openapi({
          description: 'Number of records of the earlier checkpoint.',
        }),
      }),
    },
    responses: answers(growthSchema, 'The proof.'),
  });
  app.openapi(growth, async (context) => {
    const { hashes, ...proof } = await reading.ask('proveGrowth', place(), context.req.valid('query'));
    return context.json({ ...proof, hashes: [...hashes] }, 200);
  });

  const prove = adminRoute(audit, 'proveRecord', 'read-audit', '/admin/v1/audit/records/{seq}/proof', {
    method: 'get',
    summary: 'That a record is in the audit of its relay.',
    description:
      'By the newest checkpoint of this relay’s folder; with `relay`, by the first one that “storage” has for the record, also when that relay’s folder is gone.',
    request: {
      params: z.object({ seq: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
      query: z.strictObject({ relay: z.string().min(1).max(200).optional() }),
    },
    responses: answers(proofSchema, 'The record and its proof.'),
  });
  app.openapi(prove, async (context) => {
    const asked = { seq: context.req.valid('param').seq, relay: context.req.valid('query').relay };
    const { hashes, ...proof } = await reading.ask('proveRecord', place(), asked);
    return context.json({ ...proof, hashes: [...hashes] }, 200);
  });
}
