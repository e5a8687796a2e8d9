import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ProxyAgent, type ProxyAgentOptions } from 'proxy-agent';
import { type ClientOptions, WebSocket } from 'ws';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { readProblem } from '../network/read-problem.ts';
import { clientVersionHeader, tunnelPath } from '../../shared/discovery-document.ts';
import { tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import type { ClientCertificate } from '../network/client-certificate.ts';
import { connectionFailure, unreachableCode } from '../network/connection-failure.ts';
import { noteProxyFailure } from '../network/connect-through-proxy.ts';
import { proxyConnectionFailure } from '../network/proxy-connection-failure.ts';
import { ProxyFailure, proxyRefusal } from '../network/proxy-failure.ts';
import { isNetworkSignIn, networkSignInNeeded, type NetworkJudge } from '../network/network-sign-in.ts';
import { environmentProxies, type ProxySource } from '../network/proxy-source.ts';
import { isSocks } from '../network/socks.ts';
import { pinnedIdentity } from '../network/certificate-pins.ts';
import { trustedAuthorities } from '../network/trusted-authorities.ts';
import { throughSocks } from './through-socks.ts';
import type { TokenSource } from '../tokens/token-source.ts';
import { text } from '../../shared/messages/text.ts';

const handshakeTimeoutMs = 10_000;
/** A direct connection is tried anew after this long: the kernel's own repetitions get rarer and rarer. */
const connectTimeoutMs = 4000;
const maxMessageBytes = 4_194_304;
const maxAnswerBytes = 65_536;

export interface DialOptions {
  readonly relayUrl: string;
  readonly tokens: TokenSource;
  readonly appVersion: string;
  readonly ca?: readonly string[];
  readonly clientCertificate?: ClientCertificate;
  /** Keys of which one has to be in the relay’s certificate chain; none by default. */
  readonly pins?: readonly string[];
  /** Default the environment's. */
  readonly proxies?: ProxySource;
  /** Says of a failure whether the network's own sign-in page is what stands in the way. */
  readonly judgeFailure?: NetworkJudge;
  readonly signal: AbortSignal;
}

/** A refusal with how long the relay asks to stay away. */
export class DialRefused extends AccessError {
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, retryAfterMs: number | null, atMs?: number) {
    super(code, message, { atMs });
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Opens an authenticated WebSocket to the relay. Answers a DPoP nonce challenge once (RFC 9449 §9).
 * @throws AccessError `relay-unreachable`, `relay-untrusted-certificate`, `proxy-failed`, `proxy-sign-in`, `network-sign-in`,
 * or what the relay's refusal says
 */
export async function dialRelay(options: DialOptions): Promise<WebSocket> {
  try {
    return await dial(options);
  } catch (error) {
    if (options.signal.aborted || options.judgeFailure === undefined || !(error instanceof Error)) throw error;
    throw await options.judgeFailure(options.relayUrl, error);
  }
}

async function dial(options: DialOptions): Promise<WebSocket> {
  const first = await attempt(options, undefined);
  if (first.type === 'open') return first.socket;
  const second = await attempt(options, first.nonce);
  if (second.type === 'open') return second.socket;
  throw new AccessError('token-rejected', text('failure.nonce'));
}

type Attempt = { type: 'open'; socket: WebSocket } | { type: 'nonce'; nonce: string };

async function attempt(options: DialOptions, nonce: string | undefined): Promise<Attempt> {
  const httpUrl = new URL(tunnelPath, options.relayUrl);
  const presented = await options.tokens.present({
    method: 'GET',
    url: httpUrl.href,
    ...(nonce === undefined ? {} : { nonce }),
  });
  const { proxies = environmentProxies } = options;
  const proxy = await proxies.proxyFor(httpUrl.href);
  options.signal.throwIfAborted();
  const url = new URL(httpUrl);
  url.protocol = httpUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  const { promise, resolve, reject } = Promise.withResolvers<Attempt>();
  const proxying = new AbortController();
  /** The proxy's answer, once there is one. */
  let proxied: IncomingMessage | null = null;
  let isThroughSocks = false;
  const wayThrough = (by: URL): ClientOptions =>
    isSocks(by)
      ? {
          createConnection: throughSocks(by, {
            secure: httpUrl.protocol === 'https:',
            signal: proxying.signal,
            onOpen: () => (isThroughSocks = true),
          }),
        }
      : { agent: proxyAgent(options, by, proxying.signal) };
  // ws hands all of it to tls.connect, which knows more than ws's own type says.
  const webSocketOptions: ClientOptions & { readonly secureContext: SecureContext } = {
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handshakeTimeout: handshakeTimeoutMs,
    followRedirects: false,
    finishRequest: (request) => {
      request.once('socket', () => clearTimeout(proxyTimer));
      request.once('proxyConnect', (answer: IncomingMessage) => (proxied = answer));
      endWhenConnectedInTime(request);
    },
    secureContext: secureContextFor(options.ca, options.clientCertificate),
    ...(pinnedIdentity(options.pins ?? []) as object),
    ...(proxy === null ? {} : wayThrough(proxy)),
    headers: {
      [clientVersionHeader]: options.appVersion,
      Authorization: `${presented.scheme === 'dpop' ? 'DPoP' : 'Bearer'} ${presented.token}`,
      ...(presented.dpopProof === undefined ? {} : { DPoP: presented.dpopProof }),
    },
  };
  const socket = new WebSocket(url, [tunnelProtocol], webSocketOptions);
  const failed = (error: Error): AccessError => {
    if (proxy === null || proxied !== null || isThroughSocks) return unreachable(options.relayUrl, error);
    const failure = error instanceof ProxyFailure ? error : proxyConnectionFailure(proxy, error, false);
    return unreachable(options.relayUrl, noteProxyFailure(proxies, proxy, failure));
  };
  const giveUp = (): void => {
    socket.terminate();
    proxying.abort();
  };
  // The handshake's own time begins when the request has its connection, and a silent proxy never gives it one.
  const proxyTimer = setTimeout(() => {
    reject(failed(noAnswerWithin(handshakeTimeoutMs)));
    giveUp();
  }, handshakeTimeoutMs);
  options.signal.addEventListener('abort', giveUp, { once: true });
  socket.once('upgrade', (response) => {
    const { localAddress } = response.socket;
    if (localAddress !== undefined) localAddresses.set(socket, localAddress);
  });
  socket.once('open', () => resolve({ type: 'open', socket }));
  socket.once('unexpected-response', (_request, response) => {
    if (proxy !== null && proxied !== null && proxied.statusCode !== 200) {
      const challenges = [proxied.headers['proxy-authenticate'] ?? []].flat();
      const refused = proxyRefusal(proxy, proxied.statusCode ?? 0, challenges);
      reject(unreachable(options.relayUrl, noteProxyFailure(proxies, proxy, refused)));
      socket.terminate();
      return;
    }
    const challenge = response.headers['dpop-nonce'];
    if (nonce === undefined && response.statusCode === 401 && typeof challenge === 'string') {
      response.resume();
      resolve({ type: 'nonce', nonce: challenge });
      socket.terminate();
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxAnswerBytes) chunks.push(chunk);
      else response.destroy();
    });
    response.once('close', () => {
      reject(refusal(options.relayUrl, response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString()));
      socket.terminate();
    });
  });
  socket.on('error', (error) => reject(failed(error)));
  try {
    return await promise;
  } finally {
    clearTimeout(proxyTimer);
    options.signal.removeEventListener('abort', giveUp);
  }
}

/** Goes through the proxy that everything else goes through. */
function proxyAgent({ ca, clientCertificate }: DialOptions, proxy: URL, signal: AbortSignal): ProxyAgent {
  // The agents hand all of it to net.connect, which knows more than their own type says.
  const agentOptions: ProxyAgentOptions & { readonly signal: AbortSignal } = {
    ca: trustedAuthorities(ca),
    signal,
    getProxyForUrl: () => proxy.href,
    ...clientCertificate,
  };
  return new ProxyAgent(agentOptions);
}

const localAddresses = new WeakMap<WebSocket, string>();

/** The address of this computer that a dialed WebSocket goes out from; null when that isn't known. */
export function localAddressOf(socket: WebSocket): string | null {
  return localAddresses.get(socket) ?? null;
}

function noAnswerWithin(timeoutMs: number): Error {
  return Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
}

/** Behind a proxy the socket is connected by the time that the request gets it, and the handshake's time counts alone. */
function endWhenConnectedInTime(request: ClientRequest): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      request.destroy(noAnswerWithin(connectTimeoutMs));
    }, connectTimeoutMs);
    const stop = (): void => clearTimeout(timer);
    socket.once('connect', stop);
    socket.once('close', stop);
  });
  request.end();
}

const noExtraAuthorities: readonly string[] = [];
const noCertificate = {};
const contexts = new WeakMap<readonly string[], WeakMap<object, SecureContext>>();

/** Parsing all the system's authorities takes milliseconds: once for each list, not once for each attempt. */
function secureContextFor(ca: readonly string[] = noExtraAuthorities, certificate?: ClientCertificate): SecureContext {
  const known = contexts.get(ca) ?? new WeakMap<object, SecureContext>();
  contexts.set(ca, known);
  let context = known.get(certificate ?? noCertificate);
  if (context === undefined) {
    context = createSecureContext({ ca: trustedAuthorities(ca), minVersion: 'TLSv1.3', ...certificate });
    known.set(certificate ?? noCertificate, context);
  }
  return context;
}

function refusal(
  relayUrl: string,
  status: number,
  headers: Pick<IncomingHttpHeaders, 'retry-after' | 'location' | 'content-type'>,
  body: string,
): AccessError {
  const problem = readProblem(parsed(body));
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
  if (problem !== null && problem.code !== null) {
    return new DialRefused(problem.code, problem.detail, retryAfterMs, problem.atMs);
  }
  const { location, 'content-type': contentType } = headers;
  // A relay that people have signed in to answers by neither pages nor redirects.
  if (isNetworkSignIn(relayUrl, { status, location, contentType })) return networkSignInNeeded(relayUrl);
  if (status === 503)
    return new DialRefused(
      'relay-not-ready',
      text('failure.answers', { relay: relayUrl, status: '503' }),
      retryAfterMs,
    );
  if (status === 401)
    return new DialRefused('token-rejected', text('failure.answers', { relay: relayUrl, status: '401' }), null);
  return new DialRefused(
    'relay-not-causeway',
    text('failure.no-tunnel', { relay: relayUrl, status: String(status) }),
    null,
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function unreachable(relayUrl: string, error: unknown): AccessError {
  const failure = connectionFailure(error);
  const code =
    failure?.kind === 'certificate' ? 'relay-untrusted-certificate' : unreachableCode(failure, 'relay-unreachable');
  const why = failure?.words ?? (error as Error).message;
  return new AccessError(code, text('failure.unreachable', { host: new URL(relayUrl).host, why }), { cause: error });
}
