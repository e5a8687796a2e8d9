import { said } from '../../../shared/plain-reason.ts';
import { reason } from '../../../shared/reason.ts';
import { signInChallenge } from '../../http/challenges.ts';
import { carriesKey } from './carries-key.ts';
import type { Gate } from './candidate.ts';

/** Refuses when the tunnel’s sign-in has ended. */
export const isSignedIn: Gate = ({ exchange, identity }) =>
  identity.expiresAtMs <= exchange.startedAtMs
    ? {
        code: 'sign-in-expired',
        status: 401,
        ...said(reason('tunnel-sign-in-ended')),
        headers: { 'WWW-Authenticate': signInChallenge },
      }
    : null;

/**
 * Finds the API that the listener has under this Host; refuses any other name (DNS rebinding). HTTP/2 clients put requests
 * for several names on one connection, which leads to one account: 421 lets them open another (RFC 9113 §9.1.2, RFC 9110
 * §15.5.20).
 */
export const isListenersHost: Gate = ({ exchange, headers }) => {
  const { session, listenerId } = exchange.socket;
  const api = session.apiFor(listenerId, headers.host);
  if (api === undefined) {
    return {
      code: 'host-not-allowed',
      status: exchange.request.httpVersion.startsWith('2') ? 421 : 403,
      ...said(reason('not-this-host', { host: headers.host.slice(0, 200) })),
    };
  }
  exchange.api = api;
  return null;
};

/** Refuses a request without the access key that the client has announced for the API. */
export const hasAccessKey: Gate = ({ exchange, headers: { accessKey } }) => {
  const { session, listenerId } = exchange.socket;
  const hash = session.accessKeyHash(listenerId, exchange.api);
  if (hash === undefined || carriesKey(accessKey, hash)) return null;
  const why = reason(accessKey === undefined ? 'no-access-key' : 'other-access-key');
  return { code: 'access-key-needed', status: 403, ...said(why) };
};
