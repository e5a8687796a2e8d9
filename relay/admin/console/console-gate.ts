import { AccessError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import { callerAddress } from '../../http/caller-address.ts';
import { recordRefusalOf } from '../../identity/authenticate-caller.ts';
import type { AdminContext } from '../admin-env.ts';
import { auditOfStrangers } from '../audit-of-strangers.ts';
import type { ConsoleEntry, ConsoleGate } from '../console-part.ts';
import { clearCookie, readCookie, sessionCookie } from './console-cookies.ts';
import type { ConsoleSession, ConsoleSessions } from './console-sessions.ts';

/** Every request of the console that changes something has this header, which no form and no other site can send. */
export const consoleHeader = 'x-causeway-console';
/** Value of {@link consoleHeader} for what a page asks by itself: it doesn’t put off the idle end. */
export const backgroundRequest = 'background';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** An entry with its session, for the console’s own routes. */
export interface SessionEntry extends ConsoleEntry {
  readonly session: ConsoleSession;
}

/** A gate that knows the sessions. */
export interface SessionGate extends ConsoleGate {
  enter(context: AdminContext): Promise<SessionEntry | null>;
}

/** Codes after which the session can’t be used any more. */
const ending: ReadonlySet<string> = new Set(['sign-in-expired', 'session-revoked', 'token-rejected', 'locked']);

/** @param origin of the console, as browsers see it */
export function createConsoleGate(sessions: ConsoleSessions, audit: AuditLog, origin: () => string): SessionGate {
  const { ofNobody } = auditOfStrangers(audit);
  return {
    whose(context) {
      const id = readCookie(context.env.incoming.headers.cookie, sessionCookie);
      return id === null ? null : (sessions.find(id, false)?.signIn ?? null);
    },
    async enter(context) {
      const { incoming } = context.env;
      const remoteAddress = callerAddress(incoming);
      const { cookie } = incoming.headers;
      if (cookie?.includes(`${sessionCookie}=`) !== true) return null;
      const id = readCookie(cookie, sessionCookie) ?? '';
      const isUse =
        context.req.header(consoleHeader) !== backgroundRequest && incoming.headers.accept !== 'text/event-stream';
      const session = sessions.find(id, false);
      if (session === null) {
        context.header('Set-Cookie', clearCookie(sessionCookie, 'Strict'));
        const ended = sessions.takeEnded(id);
        const refused = new AccessError(
          ended?.code ?? 'sign-in-expired',
          ended?.detail ?? 'Your sign-in at the console is over.',
        );
        throw (await recordRefusalOf(ended === null ? ofNobody : audit, remoteAddress, ended, refused)) ?? refused;
      }
      const { signIn } = session;
      const foreign = foreignRequest(context, origin());
      if (foreign !== null) throw (await recordRefusalOf(audit, remoteAddress, signIn, foreign)) ?? foreign;
      if (isUse) sessions.find(id, true);
      return {
        session,
        person: signIn,
        signIn: () => ({
          how: 'console',
          signedInAt: signIn.signedInAt,
          endsAtMs: session.endsAtMs,
          idleEndsAtMs: session.idleEndsAtMs,
        }),
        async identity() {
          if (!sessions.goesOn(session)) {
            const ended = sessions.takeEnded(id);
            throw new AccessError(ended?.code ?? 'sign-in-expired', ended?.detail ?? 'You have signed out.');
          }
          try {
            return await signIn.identity();
          } catch (error) {
            if (error instanceof AccessError && ending.has(error.code)) sessions.end(session.name);
            throw error;
          }
        },
      };
    },
  };
}

/**
 * Why a request with the cookie wasn’t made by the console’s own page; null when it was. `SameSite=Strict` keeps other
 * sites away; other ports of the same host are of the same site (RFC 6265bis §5.2).
 */
function foreignRequest(context: AdminContext, own: string): AccessError | null {
  const { method } = context.req;
  const origin = context.req.header('origin');
  const site = context.req.header('sec-fetch-site');
  const hasHeader = context.req.header(consoleHeader) !== undefined;
  const isSafe = safeMethods.has(method);
  const refused = (why: string): AccessError =>
    new AccessError('origin-not-allowed', `The console’s cookie counts only for its own pages: ${why}.`);
  if (context.req.header('host') !== new URL(own).host) return refused('the request names another host');
  if (origin !== undefined && origin !== own) return refused(`a page of ${origin.slice(0, 200)} has asked`);
  if (site !== undefined && site !== 'same-origin')
    return refused(`the browser calls the request ${site.slice(0, 20)}`);
  if (isSafe) return hasHeader || site === 'same-origin' ? null : refused(`the header ${consoleHeader} is missing`);
  if (origin === undefined) return refused('the header Origin is missing');
  return hasHeader ? null : refused(`the header ${consoleHeader} is missing`);
}
