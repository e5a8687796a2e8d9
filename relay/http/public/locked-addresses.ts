import type { IncomingMessage, ServerResponse } from 'node:http';
import { discoveryPath, relayJwksPath } from '../../../shared/discovery-document.ts';
import { refusalDocument } from '../../../shared/problem-document.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import type { Disclosure, Lock } from '../../sessions/lock.ts';
import { refuseLockedAddress } from '../../sessions/refuse-locked-address.ts';
import { callerAddress } from '../caller-address.ts';
import { sendProblem } from '../problem-response.ts';
import { readCredentials } from '../read-credentials.ts';

/** Answered to everybody: they look at nothing that a caller brings, and balancers and apps ask for them first. */
const openPaths: ReadonlySet<string> = new Set([discoveryPath, relayJwksPath, '/healthz', '/readyz', '/readyz/node']);

export interface LockedAddressOptions {
  readonly lockOf: (address: string) => Lock | null;
  readonly audit: AuditLog;
  readonly disclose: () => Disclosure;
}

/**
 * Refuses requests from locked addresses before anything of them is looked at: tokens, sign-in forms, what providers push.
 * Answers null for all others, else resolves when the refusal is sent.
 */
export function refuseLocked(
  request: IncomingMessage,
  response: ServerResponse,
  { lockOf, audit, disclose }: LockedAddressOptions,
): Promise<void> | null {
  const remoteAddress = callerAddress(request);
  const lock = lockOf(remoteAddress);
  if (lock === null || openPaths.has((request.url ?? '').split('?', 1)[0] ?? '')) return null;
  return answer(lock);

  async function answer(found: Lock): Promise<void> {
    const token = readCredentials(request, '')?.token ?? null;
    const caller = { remoteAddress, token };
    const refused = await refuseLockedAddress(found, caller, { audit, disclose: disclose() });
    const { error, httpStatus, retryAfterSeconds } = refused;
    const retry: Readonly<Record<string, string>> =
      retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) };
    sendProblem(response, refusalDocument(error, httpStatus), { Connection: 'close', ...retry });
  }
}
