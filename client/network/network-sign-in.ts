import { randomBytes } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { ProxyFailure } from './proxy-failure.ts';

const timeoutMs = 3_000;

/** An answer's head, as far as it tells who answers. */
export interface AnswerHead {
  readonly status: number;
  readonly location: string | undefined;
  readonly contentType: string | undefined;
}

/**
 * Whether a network answers in place of the server, because it wants a sign-in on a page of its own first (captive
 * portal, RFC 8952): by the status for it (RFC 6585 §6), by sending elsewhere, or by a page where none can be.
 */
export function isNetworkSignIn(askedUrl: string, { status, location, contentType }: AnswerHead): boolean {
  if (status === 511) return true;
  const asked = new URL(askedUrl);
  if (status >= 300 && status < 400 && status !== 304) {
    const target = location === undefined ? null : URL.parse(location, asked);
    return target !== null && target.hostname !== asked.hostname;
  }
  return status === 200 && /^text\/html\b/i.test(contentType ?? '');
}

/** Looks whether the network that this computer is in wants a sign-in first; never fails, and takes seconds at most. */
export type NetworkProbe = (relayUrl: string) => Promise<boolean>;

/**
 * Asks the relay's own name in plain HTTP for a page that no server has: nothing but the network can answer that by a
 * page, or send elsewhere. No third party learns of it, and nothing secret is sent.
 */
export function createNetworkProbe(port = 80): NetworkProbe {
  return async (relayUrl) => {
    const { hostname } = new URL(relayUrl);
    if (isLoopbackHost(hostname) && port === 80) return false;
    const url = new URL(`http://${hostname}:${port}/.well-known/causeway-${randomBytes(8).toString('hex')}`);
    const asking = request(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) });
    asking.end();
    try {
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      const { location, 'content-type': contentType } = answer.headers;
      return isNetworkSignIn(url.href, { status: answer.statusCode ?? 0, location, contentType });
    } catch {
      // Nobody answers there, as with most relays: then it is no page that stands in the way.
      return false;
    } finally {
      asking.destroy();
    }
  };
}

/** The failure that the person can mend in a browser. */
export function networkSignInNeeded(relayUrl: string, cause?: unknown): AccessError {
  const { host } = new URL(relayUrl);
  const page = text('failure.network-page', { host });
  // Whoever stands in the way can show a page, too: a warning of the certificate stays in sight.
  const message = isOfCertificate(cause) ? `${page} ${cause.message}` : page;
  return new AccessError('network-sign-in', message, { cause });
}

function isOfCertificate(error: unknown): error is AccessError {
  return error instanceof AccessError && error.code === 'relay-untrusted-certificate';
}

function isOfProxy(error: unknown): boolean {
  return error instanceof Error && (error instanceof ProxyFailure || isOfProxy(error.cause));
}

const mayBeNetwork = new Set(['relay-unreachable', 'relay-untrusted-certificate']);
const restMs = 20_000;

/**
 * Says of a failure to reach the relay whether the network's own sign-in is what stands in the way. Each relay's place is
 * looked at once in a while only, so that a relay that is down isn't asked twice as often.
 */
export function createNetworkJudge(probe: NetworkProbe, now: () => number) {
  const looks = new Map<string, { readonly atMs: number; readonly found: Promise<boolean> }>();
  return async (relayUrl: string, failure: Error): Promise<Error> => {
    if (!(failure instanceof AccessError) || !mayBeNetwork.has(failure.code)) return failure;
    // Behind a proxy, a page of the network's would come to the proxy.
    if (isOfProxy(failure)) return failure;
    const { hostname } = new URL(relayUrl);
    const last = looks.get(hostname);
    const look = last !== undefined && now() - last.atMs < restMs ? last : { atMs: now(), found: probe(relayUrl) };
    looks.set(hostname, look);
    return (await look.found) ? networkSignInNeeded(relayUrl, failure) : failure;
  };
}

export type NetworkJudge = ReturnType<typeof createNetworkJudge>;
