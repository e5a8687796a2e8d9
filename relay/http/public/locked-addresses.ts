import type { IncomingMessage, ServerResponse } from 'node:http';
import { discoveryPath, relayJwksPath } from '../../../shared/discovery-document.ts';
import { refusalDocument } from '../../../shared/problem-document.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import type { Disclosure, Lock } from '../../sessions/lock.ts';
import { refuseLockedAddress } from '../../sessions/refuse-locked-address.ts';
import { callerAddress } from '../caller-address.ts';
import { sendProblem } from '../problem-response.ts';
import { readCredentials } from '../read-credentials.ts';
import { patternOf, type Route } from './route.ts';

/** Answered to everybody: they look at nothing that a caller brings, and balancers and apps ask for them first. */
const openPaths: ReadonlySet<string> = new Set([discoveryPath, relayJwksPath, '/healthz', '/readyz', '/readyz/node']);

export interface LockedAddressOptions {
  readonly lockOf: (address: string) => Lock | null;
  readonly audit: AuditLog;
  readonly disclose: () => Disclosure;
  /** Those of them that are of providers answer all the same. */
  readonly routes: readonly Route[];
}

/**
 * Refuses requests from locked addresses before anything of them is looked at, tokens and sign-in forms, but for what providers
 * tell. Answers null for what isn't refused, else resolves when the refusal is sent.
 */
export function createLockedAddresses({
  lockOf,
  audit,
  disclose,
  routes,
}: LockedAddressOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> | null {
  const ofProviders = routes.flatMap(({ ofProviders: isOfProvider, method, path }) =>
    isOfProvider === true ? [{ method, pattern: patternOf(path) }] : [],
  );
  const isOpen = ({ method, url = '' }: IncomingMessage): boolean => {
    const [path = ''] = url.split('?', 1);
    return openPaths.has(path) || ofProviders.some((route) => route.method === method && route.pattern.test(path));
  };

  return (request, response) => {
    const remoteAddress = callerAddress(request);
    const lock = lockOf(remoteAddress);
    return lock === null || isOpen(request) ? null : answer(lock, remoteAddress, request, response);
  };

  async function answer(
    found: Lock,
    remoteAddress: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const token = readCredentials(request, '')?.token ?? null;
    const caller = { remoteAddress, token };
    const refused = await refuseLockedAddress(found, caller, { audit, disclose: disclose() });
    const { error, httpStatus, retryAfterSeconds } = refused;
    const retry: Readonly<Record<string, string>> =
      retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) };
    sendProblem(response, refusalDocument(error, httpStatus), { Connection: 'close', ...retry });
  }
}
