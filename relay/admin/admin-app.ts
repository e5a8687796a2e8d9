import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';
import { secureHeaders } from 'hono/secure-headers';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { cutText } from '../../shared/cut-text.ts';
import { AccessError } from '../../shared/errors.ts';
import { problemDocument } from '../../shared/problem-document.ts';
import { callerAddress } from '../http/caller-address.ts';
import { issueWords } from '../http/issue-words.ts';
import { readCredentials } from '../http/read-credentials.ts';
import { recordRefusal, recordRefusalOf } from '../identity/authenticate-caller.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { AdminCaller, AdminContext, AdminEnv } from './admin-env.ts';
import type { AdminParts } from './admin-parts.ts';
import { answerProblem, answerThrown, askedWords, asUnfit, UnfitRequest } from './admin-problem.ts';
import { addAccessRoutes } from './access-routes.ts';
import { addAnomalyRoutes } from './anomaly-routes.ts';
import { addApiRoutes } from './api-routes.ts';
import { addAuditProofRoutes } from './audit-proof-routes.ts';
import { addAuditRoutes } from './audit-routes.ts';
import { addBackupRoutes } from './backup-routes.ts';
import { addBreakGlassRoutes } from './break-glass-routes.ts';
import { addDebugRoutes } from './debug-routes.ts';
import { addDoctorRoutes } from './doctor-routes.ts';
import { addEraseRoutes } from './erase-routes.ts';
import { auditOfStrangers } from './audit-of-strangers.ts';
import type { ConsolePart } from './console-part.ts';
import { addEventRoutes } from './event-routes.ts';
import type { News } from './news/news.ts';
import { addGrantRoutes } from './grant-routes.ts';
import { addKeyRoutes } from './key-routes.ts';
import { limitBodies } from './limit-bodies.ts';
import { addLockRoutes } from './lock-routes.ts';
import { addOverviewRoutes } from './overview-routes.ts';
import { demandOwnHost, type OwnHosts } from './own-hosts.ts';
import { addPeopleRoutes } from './people-routes.ts';
import { addMeRoutes } from './me-routes.ts';
import { addPolicyRoutes } from './policy-routes.ts';
import { addProviderRoutes } from './provider-routes.ts';
import { addRelayRoutes } from './relay-routes.ts';
import { addRelaysRoutes } from './relays-routes.ts';
import { addReportRoutes } from './report-routes.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addSignalRoutes } from './signal-routes.ts';
import { addSinkRoutes } from './sink-routes.ts';
import { addUsageRoutes } from './usage-routes.ts';
import { addWhatIfRoutes } from './what-if-routes.ts';

const requestsPerMinute = 600;
/** Characters of what a caller calls things, in what is answered and recorded. */
const mostQuoted = 300;

export interface AdminAppOptions extends AdminParts {
  /** Who may come in, and as whom. */
  readonly authenticate: MiddlewareHandler<AdminEnv>;
  /** Address of the API as operators reach it. */
  readonly url: () => string;
  /** What names it has there; null where no browser comes. */
  readonly hosts: (() => OwnHosts) | null;
  /** Prometheus’ text format. */
  readonly metrics: () => Promise<string>;
  /** What is recorded, as it is recorded. */
  readonly news: News;
  /** Pages for browsers; null where there are none, as at the socket. */
  readonly console: Pick<ConsolePart, 'addTo' | 'gate'> | null;
}

/** The operators’ API: everything under /admin/v1, with health, readiness with causes, and metrics beside it. */
export function createAdminApp(options: AdminAppOptions): OpenAPIHono<AdminEnv> {
  const { log, relay, audit } = options;
  const { ofNobody, ofTokens } = auditOfStrangers(audit);
  const app = new OpenAPIHono<AdminEnv>({
    strict: true,
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      // Both may name what the caller calls its fields.
      const place = cutText(issue?.path.join('.') ?? '', mostQuoted);
      const words = cutText(issue === undefined ? '' : issueWords(issue), mostQuoted);
      throw new UnfitRequest('bad-input', `${place === '' ? 'The request' : `“${place}”`} can’t be used: ${words}.`);
    },
  });
  app.onError(async (error, context) => {
    const unfit = asUnfit(error);
    if (!(unfit instanceof UnfitRequest)) return answerThrown(context, unfit, log);
    const notRecorded = await recordUnfit({ audit, ofNobody }, context, unfit);
    return answerThrown(context, notRecorded ?? unfit, log);
  });
  app.notFound((context) =>
    answerProblem(context, problemDocument('bad-request', 404, 'The admin API has nothing at this address.')),
  );
  options.console?.addTo(app);
  app.use(
    secureHeaders({
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    }),
  );

  // No page of another site has anything to ask here.
  app.use(async (context, next) => {
    const origin = context.req.header('origin');
    if (origin !== undefined && origin !== new URL(options.url()).origin) {
      const words = `Pages of ${origin.slice(0, 200)} may not ask the admin API.`;
      const refused = new AccessError('origin-not-allowed', words);
      const { incoming } = context.env;
      const token = readCredentials(incoming, '')?.token ?? '';
      const remoteAddress = callerAddress(incoming);
      const person = options.console?.gate.whose(context) ?? null;
      const recording =
        person === null
          ? token === ''
            ? recordRefusalOf(ofNobody, remoteAddress, null, refused)
            : recordRefusal(ofTokens, remoteAddress, token, refused, 'token')
          : recordRefusalOf(audit, remoteAddress, person, refused);
      throw (await recording) ?? refused;
    }
    await next();
  });
  for (const path of ['/healthz', '/readyz', '/metrics']) app.use(path, demandOwnHost(options.hosts));
  app.get('/healthz', (context) => context.json({ healthy: true }));
  app.get('/readyz', (context) => {
    const problems = [...relay.problems(), ...(audit.healthy ? [] : ['The audit can’t be written.'])];
    const ready = relay.ready() && problems.length === 0;
    return context.json({ ready, problems }, ready ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await options.metrics(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );

  app.use('/admin/*', async (context, next) => {
    await next();
    context.res.headers.set('Cache-Control', 'no-store');
  });
  app.use('/admin/*', options.authenticate);
  app.use('/admin/*', limitRate());
  app.use('/admin/*', limitBodies());
  // Before answers are read whole for their ETag.
  addEventRoutes(app, options, options.news);
  addBackupRoutes(app, options);
  app.use('/admin/*', etag());
  app.use('/admin/*', async (context, next) => options.acts.middleware(context, next));

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token of one of the relay’s providers, whose groups give a role (admin.roles).',
  });
  addOverviewRoutes(app, options);
  addMeRoutes(app, options);
  addRelayRoutes(app, options);
  addRelaysRoutes(app, options);
  addAnomalyRoutes(app, options);
  addDoctorRoutes(app, options);
  addDebugRoutes(app, options);
  addKeyRoutes(app, options);
  addBreakGlassRoutes(app, options);
  addApiRoutes(app, options);
  addProviderRoutes(app, options);
  addSignalRoutes(app, options);
  addSessionRoutes(app, options);
  addPeopleRoutes(app, options);
  addEraseRoutes(app, options);
  addLockRoutes(app, options);
  addAccessRoutes(app, options);
  addGrantRoutes(app, options);
  addAuditRoutes(app, options);
  addAuditProofRoutes(app, options);
  addSinkRoutes(app, options);
  addReportRoutes(app, options);
  addUsageRoutes(app, options);
  addPolicyRoutes(app, options);
  addWhatIfRoutes(app, options);
  app.get('/admin/v1/openapi.json', (context) => context.json(adminDocument(app, relay.version)));
  return app;
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 202 },
  description: 'A string in quotes that names this request: repeated within 24 hours, it is carried out once.',
} as const;

/** The OpenAPI 3.1 document of the routes, from the schemas that check the requests. */
export function adminDocument(app: OpenAPIHono<AdminEnv>, version: string) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Causeway admin API', version, description: 'What operators of a relay see and do.' },
  });
  for (const { post } of Object.values(document.paths ?? {}))
    if (post !== undefined) post.parameters = [...(post.parameters ?? []), idempotencyKey];
  return document;
}

/** Records who sent a request that can’t be meant; null when it is durable, else what to answer instead. */
function recordUnfit(
  { audit, ofNobody }: { readonly audit: AuditLog; readonly ofNobody: AuditLog },
  context: AdminContext,
  { code, message }: UnfitRequest,
) {
  // Refused before anybody is known, as by the console’s own pages.
  const caller = context.get('caller') as AdminCaller | undefined;
  const words = `${caller === undefined ? '' : `${caller.name}: `}${message} (${askedWords(context.req)})`;
  const remoteAddress = callerAddress(context.env.incoming);
  const refused = new AccessError(code, words);
  return recordRefusalOf(caller === undefined ? ofNobody : audit, remoteAddress, caller?.person ?? null, refused);
}

function limitRate(): MiddlewareHandler<AdminEnv> {
  const limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  return async (context, next) => {
    const { person, name } = context.get('caller');
    const key = person === null ? name : `${person.issuer} ${person.subject}`;
    const tell = ({ remainingPoints, msBeforeNext }: RateLimiterRes): void => {
      context.header('RateLimit-Policy', `"operator";q=${requestsPerMinute};w=60`);
      context.header('RateLimit', `"operator";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1000)}`);
    };
    try {
      tell(await limiter.consume(key));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      tell(error);
      const seconds = Math.ceil(error.msBeforeNext / 1000);
      const detail = `At most ${requestsPerMinute} requests a minute. Ask again in ${seconds} s.`;
      return answerProblem(context, problemDocument('rate-limited', 429, detail), { 'Retry-After': String(seconds) });
    }
    await next();
    return undefined;
  };
}
