import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { checkNames, type Finding } from '../doctor/finding.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';
import { adminSocketName } from './admin-socket.ts';

const findingSchema = z
  .object({
    check: z.enum(checkNames),
    subject: z.string().openapi({ description: 'Which one of several; empty where there is one only.' }),
    verdict: z.enum(['fine', 'warning', 'error', 'skipped']),
    found: z.string(),
    advice: z.string().nullable().openapi({ description: 'What to do.' }),
  })
  .openapi('Finding');

/** What `relay doctor` sees, from inside the relay. */
export function addDoctorRoutes(app: OpenAPIHono<AdminEnv>, { audit, relay, loaded }: AdminParts): void {
  let underWay: Promise<readonly Finding[]> | null = null;
  const look = adminRoute(audit, 'runDoctor', 'run-relay', '/admin/v1/relay/doctor', {
    method: 'post',
    summary: 'Looks at the relay and all that it needs; changes nothing. Takes up to half a minute.',
    request: { query: z.strictObject({}) },
    responses: answers(z.object({ findings: z.array(findingSchema) }).openapi('Findings'), 'What was found.'),
  });
  app.openapi(look, async (context) => {
    // Whoever asks meanwhile gets the same: the looks cost those who are looked at, too.
    underWay ??= runDoctor({
      configPath: loaded().path,
      version: relay.version,
      socketName: adminSocketName,
    }).finally(() => (underWay = null));
    return context.json({ findings: [...(await underWay)] }, 200);
  });
}
