import type { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AccessError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import { consoleCallbackPath, consolePath } from '../../config/console-origin.ts';
import { callerAddress } from '../../http/caller-address.ts';
import { recordRefusalOf } from '../../identity/authenticate-caller.ts';
import type { Identity } from '../../identity/identity.ts';
import { PageError } from '../../page-texts/page-error.ts';
import { pageText } from '../../page-texts/page-text.ts';
import type { AdminContext, AdminEnv } from '../admin-env.ts';
import { httpStatusOf } from '../admin-problem.ts';
import { clearCookie, pendingCookie, readCookie, sessionCookie, setCookie } from './console-cookies.ts';
import type { SessionGate } from './console-gate.ts';
import { choicePage, pageStyle, pageStylePath, problemPage } from './console-pages.ts';
import type { ConsoleProvider, ConsoleTokens } from './console-provider.ts';
import type { ConsoleSessions, ConsoleSignIn } from './console-sessions.ts';
import { answerPage, problemWords } from './page-answer.ts';
import { createPendingSignIns, pendingSeconds, type PendingSignIn } from './pending-sign-in.ts';

const startPath = '/console/auth/start';
/** From one address: each may cause requests to a provider. */
const turnsPerMinute = 300;
const maxCallbackLength = 16_384;

export interface SignInRoutesOptions {
  readonly sessions: ConsoleSessions;
  readonly gate: SessionGate;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** In the order of the choice; empty where the console has no sign-in. */
  readonly providers: () => readonly ConsoleProvider[];
  readonly signIn: (provider: ConsoleProvider, tokens: ConsoleTokens) => Promise<ConsoleSignIn>;
  /** What an identity may do here, by name. @throws AccessError when that is nothing */
  readonly rolesOf: (identity: Identity) => readonly string[];
  /** Of the console, as browsers see it. */
  readonly origin: () => string;
}

/** Sign-in at the providers, run by the relay (RFC 6749 §4.1, RFC 7636, RFC 9207), and sign-out. */
export function addSignInRoutes(app: Hono<AdminEnv>, options: SignInRoutesOptions): void {
  const { sessions, gate, audit, log, providers, signIn, rolesOf, origin } = options;
  const pendings = createPendingSignIns();
  const limiter = new RateLimiterMemory({ points: turnsPerMinute, duration: 60 });

  app.get(pageStylePath, (context) =>
    context.body(pageStyle, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'max-age=300' }),
  );
  app.get('/console/auth/providers', (context) =>
    context.json({ providers: choices(providers()) }, 200, { 'Cache-Control': 'no-store' }),
  );

  app.get(startPath, (context) =>
    orProblemPage(context, async () => {
      await takeTurn(context, limiter);
      const offered = providers();
      const wanted = context.req.query('provider');
      const [only] = offered.length === 1 ? offered : [];
      const provider = wanted === undefined ? only : offered.find(({ name }) => name === wanted);
      if (offered.length === 0) throw new PageError('bad-config', () => pageText('console.refused.none'));
      if (provider === undefined && wanted !== undefined)
        throw new PageError('bad-input', () => pageText('console.refused.unknown'));
      if (provider === undefined)
        return answerPage(context, () => choicePage(choices(offered, context.req.query('to'))), 200);
      const secrets = await provider.newSecrets();
      const url = await provider.authorizationUrl(`${origin()}${consoleCallbackPath}`, secrets);
      const own = readCookie(context.req.header('cookie'), sessionCookie);
      const sealed = await pendings.seal({
        ...secrets,
        issuer: provider.issuer,
        returnTo: consoleAddress(context.req.query('to')),
        replaces: own === null ? null : (sessions.find(own, false)?.name ?? null),
      });
      context.header('Set-Cookie', setCookie(pendingCookie, sealed, 'Lax', pendingSeconds));
      return context.redirect(url.href, 303);
    }),
  );

  app.get(consoleCallbackPath, (context) =>
    orProblemPage(context, async () => {
      await takeTurn(context, limiter);
      const callback = callbackOf(context, origin());
      const sealed = readCookie(context.req.header('cookie'), pendingCookie);
      if (sealed === null) throw new PageError('sign-in-state-mismatch', () => pageText('console.refused.not-begun'));
      const pending = await pendings.takeOnce(sealed, callback.searchParams.get('state') ?? '');
      if (pending === 'other') throw new PageError('sign-in-state-mismatch', () => pageText('console.refused.other'));
      context.header('Set-Cookie', clearCookie(pendingCookie, 'Lax'));
      if (pending === 'none') throw new PageError('sign-in-state-mismatch', () => pageText('console.refused.over'));
      const id = await finish(context, callback, pending);
      context.header('Set-Cookie', setCookie(sessionCookie, id, 'Strict'), { append: true });
      return context.redirect(pending.returnTo, 303);
    }),
  );

  /** Opens the session, once its record is durable. @returns what the cookie holds */
  const finish = async (context: AdminContext, callback: URL, pending: PendingSignIn): Promise<string> => {
    const remoteAddress = callerAddress(context.env.incoming);
    const provider = providers().find(({ issuer }) => issuer === pending.issuer);
    let person: { readonly issuer: string; readonly subject: string } | null = null;
    let tokens: ConsoleTokens | undefined;
    try {
      if (provider === undefined) throw new PageError('sign-in-failed', () => pageText('console.refused.gone'));
      tokens = await provider.exchange(callback, pending);
      const signedIn = await signIn(provider, tokens);
      person = signedIn;
      const identity = await signedIn.identity();
      const roles = rolesOf(identity);
      const detail = `at ${provider.name}, as ${roles.join(', ')}`;
      await recordSession(audit, 'console-signed-in', identity, remoteAddress, detail);
      if (pending.replaces !== null)
        sessions.end(pending.replaces, { code: 'sign-in-expired', detail: 'You have signed in anew at the console.' });
      return sessions.start(signedIn).id;
    } catch (error) {
      // Nobody is going to use them.
      if (tokens !== undefined) void provider?.revoke(tokens).catch(() => undefined);
      if (!(error instanceof AccessError) || error.code === 'audit-unavailable') throw error;
      throw (await recordRefusalOf(audit, remoteAddress, person, error)) ?? error;
    }
  };

  app.post('/console/auth/sign-out', async (context) => {
    const entry = await gate.enter(context);
    context.header('Cache-Control', 'no-store');
    context.header('Set-Cookie', clearCookie(sessionCookie, 'Strict'));
    if (entry === null) return context.json({ endSessionUrl: null }, 200);
    const { session } = entry;
    sessions.end(session.name, { code: 'sign-in-expired', detail: 'You have signed out at the console.' });
    const { issuer, subject, username, signedInAt } = session.signIn;
    const remoteAddress = callerAddress(context.env.incoming);
    const person = { issuer, subject, username, groups: [] };
    await recordSession(audit, 'console-signed-out', person, remoteAddress, `at ${signedInAt}`);
    await session.signIn.end().catch((error: unknown) => {
      log.warn({ err: error, issuer }, 'the provider hasn’t taken back the tokens of an operator who signed out');
    });
    const endSessionUrl = await session.signIn.endSessionUrl(`${origin()}${consolePath}`).catch(() => null);
    return context.json({ endSessionUrl }, 200);
  });

  async function orProblemPage(context: AdminContext, work: () => Promise<Response>): Promise<Response> {
    context.header('Cache-Control', 'no-store');
    try {
      // Hono answers HEAD as GET; looking doesn't use anything up.
      if (context.req.method !== 'GET')
        throw new PageError('method-not-supported', () => pageText('console.refused.method'));
      return await work();
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      log.info({ code: error.code, reason: error.message }, 'a sign-in at the console was refused');
      const status = (httpStatusOf(error.code) ?? 400) as ContentfulStatusCode;
      return answerPage(context, () => problemPage(problemWords(error)), status);
    }
  }
}

function choices(
  providers: readonly ConsoleProvider[],
  to?: string,
): readonly { readonly name: string; readonly start: string }[] {
  return providers.map(({ name }) => {
    const query = new URLSearchParams({ provider: name, ...(to === undefined ? {} : { to: consoleAddress(to) }) });
    return { name, start: `${startPath}?${query.toString()}` };
  });
}

/** A page of the console, whatever else was asked for: never another site’s, nor a part of the sign-in. */
function consoleAddress(to: string | undefined): string {
  const base = 'http://console.invalid';
  const url = to === undefined || to.length > 4000 ? null : URL.parse(to, base);
  if (url?.origin !== base || !url.pathname.startsWith(consolePath) || url.pathname.startsWith('/console/auth'))
    return consolePath;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The address that the browser was sent to. @throws AccessError when it can’t be an answer of a provider (RFC 6749 §3.1) */
function callbackOf(context: AdminContext, origin: string): URL {
  const raw = context.env.incoming.url ?? '';
  // What the request line says of host and path isn’t taken over.
  const callback = new URL(consoleCallbackPath, origin);
  callback.search = raw.slice(0, maxCallbackLength).split('?').slice(1).join('?');
  const names = [...callback.searchParams.keys()];
  const isOdd = names.length !== new Set(names).size || (names.includes('code') && names.includes('error'));
  if (raw.length > maxCallbackLength || isOdd || !names.includes('state'))
    throw new PageError('sign-in-state-mismatch', () => pageText('console.refused.address'));
  return callback;
}

async function takeTurn(context: AdminContext, limiter: RateLimiterMemory): Promise<void> {
  const turn = await limiter.consume(callerAddress(context.env.incoming)).catch(() => null);
  if (turn === null)
    throw new PageError('rate-limited', () => pageText('console.refused.turns', { count: turnsPerMinute }));
}

async function recordSession(
  audit: AuditLog,
  event: 'console-signed-in' | 'console-signed-out',
  person: Pick<Identity, 'issuer' | 'subject' | 'username' | 'groups'>,
  remoteAddress: string,
  detail: string,
): Promise<void> {
  const { issuer, subject, username, groups } = person;
  const caller = { issuer, subject, username, groups, sessionId: '', device: '', remoteAddress };
  const failure = await new Promise<Error | null>((resolve) => {
    audit.append({ type: 'session', timeMs: Date.now(), event, caller, detail }, resolve);
  });
  if (failure !== null) throw new AccessError('audit-unavailable', failure.message, { cause: failure });
}
