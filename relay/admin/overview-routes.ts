import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { statfs } from 'node:fs/promises';
import { AccessError } from '../../shared/errors.ts';
import { shownCertificates } from '../certificates/shown-certificates.ts';
import { problemsOf, type Situation } from '../overview/problems.ts';
import { isRelayDrained, providersOf } from '../vitals/process-vitals.ts';
import { isSilent } from '../vitals/relay-state.ts';
import type { AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { adminRoute, answers } from './admin-route.ts';

const problemSchema = z
  .object({
    code: z.string().openapi({ description: 'Stable name (docs/admin.md).' }),
    severity: z.enum(['critical', 'warning', 'info']),
    about: z
      .string()
      .nullable()
      .openapi({ description: 'A provider, sink or certificate; null for the relay itself.' }),
    what: z.string(),
    why: z.string(),
    remedy: z.string(),
    look: z.string().openapi({ description: 'Operation of this API that says more.' }),
  })
  .openapi('OverviewProblem');

const pointSchema = z
  .object({
    atMs: z.number(),
    untilMs: z.number(),
    requests: z.int(),
    denied: z.int(),
    failed: z.int().openapi({ description: 'Answered with 5xx, by an API or by the relay.' }),
    refusedSignIns: z.int(),
    tunnels: z.int().openapi({ description: 'Open at the end.' }),
    streams: z.int(),
    p50Ms: z.number().nullable().openapi({ description: 'Estimated from a histogram; null without a request.' }),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
  })
  .openapi('SeriesPoint');

export const overviewSchema = z
  .object({
    relay: z.string().openapi({ description: 'Name of the relay that answers, whose the series are.' }),
    problems: z.array(problemSchema).openapi({ description: 'What is wrong now, the worst first; none is good.' }),
    now: z.object({ tunnels: z.int(), streams: z.int() }).openapi({ description: 'Open at this relay.' }),
    series: z
      .array(pointSchema)
      .openapi({ description: 'Five minutes each, of this relay since its start, a day at most, oldest first.' }),
    day: z
      .object({
        relays: z.int().openapi({ description: 'How many relays are counted together.' }),
        hours: z.array(z.object({ hour: z.string(), requests: z.int(), denied: z.int() }).openapi('HourCount')),
      })
      .nullable()
      .openapi({ description: 'Requests by hour, of all relays that share a storage; null while it can’t be read.' }),
  })
  .openapi('Overview');

export const certificateSchema = z
  .object({
    use: z.string(),
    subject: z.string(),
    issuer: z.string(),
    names: z.array(z.string()),
    serial: z.string(),
    sha256: z.string(),
    notBeforeMs: z.number(),
    notAfterMs: z.number(),
    state: z.enum(['ok', 'ends-soon', 'ended', 'not-yet']).openapi({ description: '`ends-soon`: within 30 days.' }),
  })
  .openapi('Certificate');

/** What is wrong now, how the last day was, and when certificates end. */
export function addOverviewRoutes(app: OpenAPIHono<AdminEnv>, parts: AdminParts): void {
  const { audit, config, loaded, place, reading, relay, series, others } = parts;
  const overview = adminRoute(audit, 'overview', 'see-relay', '/admin/v1/overview', {
    method: 'get',
    summary: 'What is wrong now and what to do, and the last day in numbers.',
    request: { query: z.strictObject({}) },
    responses: answers(overviewSchema, 'The state of this relay, and the requests of all that share a storage.'),
  });
  app.openapi(overview, async (context) => {
    const nowMs = Date.now();
    const [disk, kept, points, silentRelays] = await Promise.all([
      diskOf(config().relay.data),
      reading.ask('state', place(), nowMs),
      series.points(),
      silentSince(others, nowMs - dayMs, nowMs),
    ]);
    const processes = relay.vitals();
    const downWorkers = relay.downWorkers();
    const { day, ...state } = kept;
    const situation: Situation = {
      ...state,
      nowMs,
      auditHealthy: audit.healthy,
      problems: relay.problems(),
      sharedProblem: processes.map(({ sharedProblem }) => sharedProblem).find((words) => words !== null) ?? null,
      draining: isRelayDrained(processes),
      drainedWorkers: [...processes, ...downWorkers].flatMap(({ worker, draining }) =>
        worker !== null && draining ? [worker] : [],
      ),
      downWorkers,
      silentRelays,
      providers: providersOf(processes),
      certificates: shownCertificates(loaded(), nowMs),
      reloadRefused: relay.reloadRefused(),
      disk,
    };
    const sum = (open: (process: (typeof processes)[number]) => number): number =>
      processes.reduce((total, process) => total + open(process), 0);
    return context.json(
      {
        relay: config().relay.name,
        problems: [...problemsOf(situation)],
        now: { tunnels: sum(({ tunnels }) => tunnels), streams: sum(({ streams }) => streams) },
        series: [...points],
        day: day === null ? null : { relays: day.relays, hours: [...day.hours] },
      },
      200,
    );
  });

  const certificates = adminRoute(audit, 'listCertificates', 'see-relay', '/admin/v1/certificates', {
    method: 'get',
    summary: 'The certificates that the relay shows or checks by, what ends first first.',
    request: { query: z.strictObject({}) },
    responses: answers(
      z.object({ certificates: z.array(certificateSchema) }).openapi('Certificates'),
      'All of the config in force.',
    ),
  });
  app.openapi(certificates, (context) =>
    context.json(
      {
        certificates: shownCertificates(loaded(), Date.now()).map((one) => ({ ...one, names: [...one.names] })),
      },
      200,
    ),
  );
}

const dayMs = 86_400_000;

/** Other relays that fell silent since a time; none while they aren’t known, which is told as such. */
async function silentSince(
  others: AdminParts['others'],
  sinceMs: number,
  nowMs: number,
): Promise<Situation['silentRelays']> {
  try {
    const known = (await others?.others()) ?? [];
    // Those of before, which don’t know workers that are down, don’t say that they stop either.
    return known.filter(
      ({ stopped, downWorkers, ...state }) =>
        stopped !== true && downWorkers !== undefined && isSilent(state, nowMs) && state.atMs > sinceMs,
    );
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return [];
  }
}

async function diskOf(dataDir: string): Promise<Situation['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(dataDir);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    // A file system that doesn’t say; the audit tells when it can’t be written.
    return null;
  }
}
