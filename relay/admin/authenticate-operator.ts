import type { MiddlewareHandler } from 'hono';
import { AccessError } from '../../shared/errors.ts';
import { problemDocument } from '../../shared/problem-document.ts';
import { type AdminWay, adminCallerName } from '../audit/admin-caller.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { AdminConfig } from '../config/admin-schema.ts';
import { callerAddress } from '../http/caller-address.ts';
import { refusedCallerHeaders } from '../http/challenges.ts';
import { readCredentials } from '../http/read-credentials.ts';
import { authenticateCaller, recordRefusalOf } from '../identity/authenticate-caller.ts';
import type { Authenticator, Identity } from '../identity/identity.ts';
import { operatorRolesOf } from '../identity/operator-roles-of.ts';
import type { AdminCaller, AdminContext, AdminEnv, AdminSignIn } from './admin-env.ts';
import { answerProblem, askedWords } from './admin-problem.ts';
import { auditOfStrangers } from './audit-of-strangers.ts';
import type { ConsoleGate } from './console-part.ts';
import { mayDo, type Right } from './operator-roles.ts';
import { type OperatorStanding, operatorLock } from './operator-standing.ts';

export interface OperatorGateOptions {
  readonly admin: () => AdminConfig;
  readonly authenticator: Authenticator;
  /** Who a token stands for now, whatever it is bound to: what was checked when it was shown. @throws AccessError */
  readonly identityOf: (token: string) => Promise<Identity>;
  readonly locks: OperatorStanding['locks'];
  readonly audit: AuditLog;
  /** Address of the admin API as operators reach it, which proofs of possession name (RFC 9449 §4.2). */
  readonly url: () => string;
  /** Lets in who is signed in at the console. */
  readonly console: ConsoleGate;
}

/**
 * Lets in people whose token the provider has signed, or who are signed in at the console, who aren’t locked and whose
 * groups give a role; refusals are recorded, those of strangers not each.
 */
export function authenticateOperator(options: OperatorGateOptions): MiddlewareHandler<AdminEnv> {
  const { admin, authenticator, identityOf, locks, audit, url, console: gate } = options;
  const { ofNobody, ofTokens } = auditOfStrangers(audit);

  /** @throws AccessError for an identity that administers nothing */
  const callerOf = (
    identity: Identity,
    way: AdminWay,
    signIn: () => AdminSignIn,
    again: () => Promise<Identity>,
  ): AdminCaller => {
    const roles = operatorRoles(identity, admin(), locks);
    const { issuer, subject, username } = identity;
    return {
      name: adminCallerName(identity, way),
      person: { issuer, subject, username },
      roles,
      signIn: signIn(),
      again: async () => callerOf(await again(), way, signIn, again),
    };
  };

  return async (context, next) => {
    const { incoming } = context.env;
    const remoteAddress = callerAddress(incoming);
    if (incoming.headers.authorization === undefined) {
      const found = await gate.enter(context);
      if (found !== null) {
        const { signIn } = found;
        await refuseRecorded(audit, remoteAddress, found.person, async () => {
          const caller = callerOf(await found.identity(), 'console', signIn, found.identity);
          context.set('caller', caller);
        });
        await next();
        return undefined;
      }
    }
    const credentials = readCredentials(incoming, new URL(context.req.path, url()).href);
    const verdict = await authenticateCaller(credentials, remoteAddress, authenticator, ofTokens);
    if (verdict.status === 'refused') {
      // Few have anything to ask here: who comes with nothing is told of, too.
      if (credentials === null && !isFirstVisit(context)) {
        const words = `${verdict.error.message} (${askedWords(context.req)})`;
        const refused = new AccessError(verdict.error.code, words);
        const notRecorded = await recordRefusalOf(ofNobody, remoteAddress, null, refused);
        if (notRecorded !== null) throw notRecorded;
      }
      const { error, httpStatus } = verdict;
      if (error.code === 'internal') throw error;
      return answerProblem(
        context,
        problemDocument(error.code, httpStatus, error.message),
        refusedCallerHeaders(verdict),
      );
    }
    const { identity } = verdict;
    const token = credentials?.token ?? '';
    await refuseRecorded(audit, remoteAddress, identity, () => {
      const signIn = (): AdminSignIn => ({ how: 'token', endsAtMs: identity.expiresAtMs });
      context.set(
        'caller',
        callerOf(identity, 'admin API', signIn, () => identityOf(token)),
      );
    });
    await next();
    return undefined;
  };
}

/** The console’s page, which asks first of all whether its browser has signed in. */
function isFirstVisit({ req }: AdminContext): boolean {
  return req.method === 'GET' && req.path === '/admin/v1/me' && req.header('sec-fetch-site') === 'same-origin';
}

/** What somebody may do here. @throws AccessError `locked`, `policy-denied` */
export function operatorRoles(
  identity: Identity,
  admin: AdminConfig,
  locks: OperatorStanding['locks'],
): AdminCaller['roles'] {
  const locked = operatorLock(locks, identity);
  if (locked !== null) throw locked;
  const roles = operatorRolesOf(identity.groups, admin.roles);
  if (roles.length === 0) throw new AccessError('policy-denied', 'None of your groups has a role here (admin.roles).');
  return roles;
}

/** Refuses, with a record, callers whose roles don’t give a right. */
export function demandRight(right: Right, audit: AuditLog): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const { roles, name, person } = context.get('caller');
    if (!mayDo(roles, right)) {
      const remoteAddress = callerAddress(context.env.incoming);
      const detail = `${name} has the role ${roles.join(', ')}, which doesn’t include ${right} (${askedWords(context.req)}).`;
      const refused = new AccessError('policy-denied', detail);
      throw (await recordRefusalOf(audit, remoteAddress, person, refused)) ?? refused;
    }
    await next();
  };
}

/** Does what may refuse a known person; the refusal is thrown once it is durable. */
async function refuseRecorded(
  audit: AuditLog,
  remoteAddress: string,
  person: { readonly issuer: string; readonly subject: string },
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AccessError) || error.code === 'internal') throw error;
    throw (await recordRefusalOf(audit, remoteAddress, person, error)) ?? error;
  }
}
