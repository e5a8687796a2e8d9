import type { MiddlewareHandler } from 'hono';
import { AccessError } from '../../shared/errors.ts';
import { problemDocument } from '../../shared/problem-document.ts';
import { adminCallerName } from '../audit/admin-caller.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { AdminConfig } from '../config/admin-schema.ts';
import { refusedCallerHeaders } from '../http/challenges.ts';
import { readCredentials } from '../http/read-credentials.ts';
import { authenticateCaller, recordRefusal } from '../identity/authenticate-caller.ts';
import type { Authenticator } from '../identity/identity.ts';
import type { AdminCaller, AdminEnv } from './admin-env.ts';
import { answerProblem } from './admin-problem.ts';
import { mayDo, type Right, rolesOf } from './operator-roles.ts';
import { type OperatorStanding, operatorLock } from './operator-standing.ts';

export interface OperatorGateOptions {
  readonly admin: () => AdminConfig;
  readonly authenticator: Authenticator;
  readonly locks: OperatorStanding['locks'];
  readonly audit: AuditLog;
  /** Address of the admin API as operators reach it, which proofs of possession name (RFC 9449 §4.2). */
  readonly url: () => string;
}

/**
 * Lets in people whose token the provider has signed, who aren’t locked and whose groups give a role; each refusal is
 * recorded.
 */
export function authenticateOperator(options: OperatorGateOptions): MiddlewareHandler<AdminEnv> {
  const { admin, authenticator, locks, audit, url } = options;
  return async (context, next) => {
    const { incoming } = context.env;
    const remoteAddress = incoming.socket.remoteAddress ?? '';
    const credentials = readCredentials(incoming, new URL(context.req.path, url()).href);
    const verdict = await authenticateCaller(credentials, remoteAddress, authenticator, audit);
    if (verdict.status === 'refused') {
      const { error, httpStatus } = verdict;
      if (error.code === 'internal') throw error;
      return answerProblem(
        context,
        problemDocument(error.code, httpStatus, error.message),
        refusedCallerHeaders(verdict),
      );
    }
    const locked = operatorLock(locks, verdict.identity);
    if (locked !== null) await refuse(audit, remoteAddress, credentials?.token ?? '', locked);
    const { issuer, subject, username, groups, kind } = verdict.identity;
    const roles = rolesOf(groups, admin().roles);
    if (roles.length === 0) {
      const refused = new AccessError('policy-denied', 'None of your groups has a role here (admin.roles).');
      await refuse(audit, remoteAddress, credentials?.token ?? '', refused);
    }
    const name = adminCallerName({ username, kind });
    context.set('caller', { name, person: { issuer, subject, username }, roles });
    await next();
    return undefined;
  };
}

/** Lets in everybody who reaches the Unix socket: its file says who may. */
export function trustSocket(): MiddlewareHandler<AdminEnv> {
  const caller: AdminCaller = { name: 'a user of this machine', person: null, roles: ['owner'] };
  return async (context, next) => {
    context.set('caller', caller);
    await next();
  };
}

/** Refuses, with a record, callers whose roles don’t give a right. */
export function demandRight(right: Right, audit: AuditLog): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const { roles, name } = context.get('caller');
    if (!mayDo(roles, right)) {
      const { incoming } = context.env;
      const token = readCredentials(incoming, '')?.token ?? '';
      const detail = `${name} has the role ${roles.join(', ')}, which doesn’t include ${right} (${context.req.method} ${context.req.path}).`;
      await refuse(audit, incoming.socket.remoteAddress ?? '', token, new AccessError('policy-denied', detail));
    }
    await next();
  };
}

async function refuse(audit: AuditLog, remoteAddress: string, token: string, refused: AccessError): Promise<never> {
  throw (await recordRefusal(audit, remoteAddress, token, refused)) ?? refused;
}
