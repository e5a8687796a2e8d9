import { said } from '../../../shared/plain-reason.ts';
import { reason } from '../../../shared/reason.ts';
import { knownMethods } from '../../config/values/known-methods.ts';
import type { Gate } from './candidate.ts';
import { upgradeProblem } from './judge-upgrade.ts';
import { readRequestHeaders } from './request-headers.ts';

/** Refuses while the relay has as much to do as it can, or the session more than its part. */
export const hasRoom: Gate = ({ exchange }, { overloadOf }) => {
  const { session } = exchange.socket;
  const overload = overloadOf(session);
  if (overload === null) return null;
  // Being refused is no work that counts: a flood must not use up what others may have.
  session.exchanges.delete(exchange);
  return { code: 'overloaded', status: 503, ...said(overload), headers: { 'Retry-After': '1' } };
};

/** Node’s parser of HTTP/1.1 refuses unknown methods by itself; HTTP/2 takes any word. */
export const hasKnownMethod: Gate = ({ exchange: { method } }) =>
  knownMethods.has(method)
    ? null
    : {
        code: 'method-not-supported',
        status: 405,
        ...said(reason('method-never', { method: method.slice(0, 50) })),
        close: true,
      };

/** Refuses what HTTP/2’s parser let pass though it is malformed. */
export const isWellFormed: Gate = ({ exchange }) => {
  const fault = exchange.request.fault ?? null;
  if (fault === null) return null;
  return {
    code: 'bad-request',
    status: 400,
    ...said(reason('malformed', { fault })),
    close: true,
  };
};

/** Reads the headers, and refuses ambiguous ones. */
export const readHeaders: Gate = (candidate) => {
  const headers = readRequestHeaders(candidate.exchange.request.rawHeaders, candidate.inForce.limits.max_headers);
  if (headers.status === 'refused') {
    const { httpStatus, why } = headers;
    const code = httpStatus === 431 ? 'headers-too-large' : 'bad-request';
    return { code, status: httpStatus, ...said(why), close: true };
  }
  candidate.headers = headers;
  return null;
};

/** Refuses a request to switch to another protocol that no server would take. */
export const maySwitch: Gate = ({ exchange, headers, upgrade }) => {
  const problem = upgrade === null ? null : upgradeProblem(upgrade, exchange.method, headers);
  return problem === null ? null : { code: 'bad-request', status: 400, ...said(problem), close: true };
};

/** Reads the request line’s target, and refuses one that names another host than the Host header. */
export const readTarget: Gate = (candidate) => {
  const asked = originForm(candidate.exchange.request.url ?? '', candidate.headers.host);
  if (asked === null) {
    return {
      code: 'bad-request',
      status: 400,
      ...said(reason('other-host')),
      close: true,
    };
  }
  candidate.asked = asked;
  return null;
};

/** The path of an absolute-form target (RFC 9112 §3.2.2) whose authority is the Host's; null for another authority. */
function originForm(url: string, host: string): string | null {
  if (url.startsWith('/')) return url;
  const match = /^http:\/\/([^/?#]*)(.*)$/i.exec(url);
  if (match === null) return url;
  if ((match[1] ?? '').toLowerCase() !== host) return null;
  const rest = match[2] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}
