import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import { recordEvent } from '../audit/record-event.ts';
import { recordFirst } from '../audit/record-first.ts';
import type { BackupManifest } from '../backup/backup-manifest.ts';
import type { AdminCaller, AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, reasonSchema } from './admin-route.ts';
import { recordDenied } from './demand-told-apart.ts';
import { mayDo } from './operator-roles.ts';

/** Who takes nothing for so long keeps others from a backup. */
const stalledMs = 120_000;
const lookEveryMs = 1000;

/** A backup of the running relay, sent to who asks. */
export function addBackupRoutes(app: OpenAPIHono<AdminEnv>, { audit, log, config, backups, relay }: AdminParts): void {
  const route = adminRoute(audit, 'backup', 'back-up', '/admin/v1/relay/backup', {
    method: 'post',
    summary: 'All that the relay’s folder keeps, as of now, as a tar archive that “relay restore” takes once unpacked.',
    description:
      'Private keys only for who could open the relay’s files anyway: root and the relay’s own user, at the socket. One at a time; what breaks off breaks the connection, and an idempotency key changes nothing.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.strictObject({ reason: reasonSchema, keys: z.boolean().default(false) }).openapi('BackupToMake'),
          },
        },
      },
    },
    responses: {
      200: {
        description: 'The files; backup.json, with size and SHA-256 of each, comes last.',
        content: { 'application/x-tar': { schema: z.string().openapi({ format: 'binary' }) } },
      },
    },
  });
  app.openapi(route, async (context) => {
    const { reason, keys } = context.req.valid('json');
    let caller = context.get('caller');
    await recordDenied(audit, context, async () => {
      if (keys && !opensFiles(caller))
        throw new AccessError(
          'policy-denied',
          'Private keys are only in backups of root and the relay’s own user, at the relay’s socket. Ask without them.',
        );
    });
    const { relay: settings, storage } = config();
    const of = { version, relayUrl: relay.url, keys, hasStorage: storage !== undefined };
    const backup = await backups.begin({ dataDir: settings.data, ...of });
    const asked = `asked for by ${caller.name}, ${keys ? 'with' : 'without'} private keys: ${reason}`;
    await recordFirst(audit, { type: 'relay', timeMs: Date.now(), event: 'backup-began', detail: asked }).catch(
      async (error: unknown) => {
        await backup.end();
        throw error;
      },
    );
    context.header('Content-Type', 'application/x-tar');
    return stream(context, async (out) => {
      const gone = new AbortController();
      const leave = (): void => gone.abort(new Error('who asked for it has gone'));
      context.env.outgoing.once('close', leave);
      backup.signal.addEventListener('abort', () => gone.abort(backup.signal.reason), { once: true });
      if (context.env.outgoing.destroyed) leave();
      try {
        const chunks = backup.chunks(gone.signal);
        let lookedAtMs = performance.now();
        for (;;) {
          const next = await chunks.next();
          if (next.done === true) {
            recordEvent(audit, log, 'backup-ended', `${wordsOf(next.value)} sent to ${caller.name}`);
            return;
          }
          const took = backup.pace.wait();
          await taken(out.write(next.value), gone.signal);
          took(next.value.length);
          if (backup.pace.isTooSlow()) throw new Error('it was taken too slowly');
          if (performance.now() < lookedAtMs + lookEveryMs) continue;
          lookedAtMs = performance.now();
          caller = await caller.again();
          if (!mayDo(caller.roles, 'back-up'))
            throw new AccessError('policy-denied', `${caller.name} has no longer the right back-up.`);
        }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn({ err: error, operator: caller.name }, 'a backup broke off');
        gone.abort(error);
        context.env.outgoing.destroy();
        recordEvent(audit, log, 'backup-ended', `broken off for ${caller.name}: ${why}`);
      } finally {
        await backup
          .end()
          .catch((error: unknown) => log.warn({ err: error }, 'what was copied for a backup can’t be taken away'));
      }
    }) as never;
  });
}

/** Who could read the keys without the relay; where the system doesn’t say who has connected, only where nobody else can. */
function opensFiles({ person, machineUser, isSocketShared = false }: AdminCaller): boolean {
  return person === null && (machineUser?.opensFiles ?? !isSocketShared);
}

function wordsOf({ files }: BackupManifest): string {
  return `${files.length} files with ${files.reduce((sum, { bytes }) => sum + bytes, 0)} bytes were`;
}

async function taken(writing: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const stalled = sleep(stalledMs, 'stalled', { signal: AbortSignal.any([timer.signal, signal]) }).catch(() => 'over');
  const outcome = await Promise.race([writing, stalled]);
  timer.abort();
  signal.throwIfAborted();
  if (outcome === 'stalled') throw new Error(`nothing of it was taken for ${stalledMs / 1000} s`);
}
