import { randomBytes } from 'node:crypto';
import { pathFormsOf } from '../config/path-forms-of.ts';
import { canonicalPath } from '../../shared/canonical-path.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { ApiConfig, LimitsConfig } from '../config/config-schema.ts';
import { knownMethods } from '../config/values/known-methods.ts';
import { Exchange, type Incoming, type IncomingUpgrade, type Refusal } from './exchange/exchange.ts';
import { carriesKey } from './carries-key.ts';
import { isBroken, stopReading } from './exchange/connection-order.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import { decideAll, type FurtherRequest, shortened } from '../policy/decide-all.ts';
import { hasDestination, readDestination, readOverrides } from './further-requests.ts';
import { judgeOrigin } from './judge-origin.ts';
import type { UpgradeProtocol } from '../config/values/upgrade-protocol.ts';
import { upgradeProblem } from './judge-upgrade.ts';
import { stepUpChallenge } from './step-up-challenge.ts';
import type { Identity } from '../identity/identity.ts';
import type { ActiveGrant, Decision, Policy, PolicyContext, ToldDecision } from '../policy/decision.ts';
import type { Limiter, Taken } from '../quota/limiter.ts';
import type { StreamSocket } from '../tunnel/stream-socket.ts';
import { RequestsByPerson } from './requests-by-person.ts';
import type { TunnelSession } from '../tunnel/tunnel-session.ts';
import { canExpect, ExpectingForwarding } from '../upstream/forward-expecting.ts';
import { Http2Forwarding } from '../upstream/forward-http2.ts';
import { Forwarding } from '../upstream/forward-request.ts';
import { UpgradeForwarding } from '../upstream/forward-upgrade.ts';
import { outgoingHeaders } from '../upstream/outgoing-headers.ts';
import { readRequestHeaders, type RequestHeaders } from './request-headers.ts';
import type { Upstream, UpstreamPools } from '../upstream/upstream-pools.ts';
import { continueWhenWanted } from '../way-back/continue-when-wanted.ts';
import { RequestBody } from '../way-back/request-body.ts';
import { WayBack } from '../way-back/way-back.ts';
import { readWholeBody } from '../way-back/whole-body.ts';

export interface PipelineParts {
  readonly inForce: () => PolicyInForce;
  readonly audit: AuditLog;
  readonly upstreams: UpstreamPools;
  /** Value of X-Causeway-Identity for an upstream. */
  readonly identityHeader: (identity: Identity, api: string) => string;
  /** Grants of a person, also ended ones. */
  readonly grantsOf?: (identity: Identity) => readonly ActiveGrant[];
  /** Counts allowed requests; left out where nothing is limited. */
  readonly limiter?: Pick<Limiter, 'take'>;
  /** Why the relay can't take a request of this session on now, in words; null when it can. */
  readonly overloadOf?: (session: TunnelSession) => string | null;
  /** Told of a failure of the relay itself inside one exchange, which has ended with it. */
  readonly onFailed: (error: unknown, requestId: string) => void;
  readonly now?: () => number;
}

/** Takes each HTTP request of a tunnel from its head to its recorded outcome. */
export interface Pipeline {
  /** @param hasBody overrides what the headers say: HTTP/2 says it otherwise */
  handle(incoming: Incoming, expectsContinue: boolean, hasBody?: boolean): void;
  upgrade(incoming: IncomingUpgrade, firstBytes: Buffer, expectsContinue: boolean): void;
  /** What callers may switch to at the API behind a `Host` of a local connection. */
  upgradesOf(socket: StreamSocket, host: string): readonly UpgradeProtocol[];
}

/** A request that is well-formed, authenticated, and for an API that there is. */
interface Admitted {
  readonly identity: Identity;
  readonly upstream: Upstream;
  readonly headers: Extract<RequestHeaders, { status: 'ok' }>;
  /** Canonical path with the raw query, as it goes upstream. */
  readonly target: string;
  /** What it asks for besides; policy must allow that, too. */
  readonly further: readonly FurtherRequest[];
  /** Destination of a COPY or MOVE, as it goes upstream. */
  readonly destination: string | undefined;
}

type Allowed = Extract<Decision, { effect: 'allow' }>;

/** No fewer than a tunnel's connections, which carry one each in HTTP/1.1. */
function maxRequestsPerApi({ max_requests_per_api, max_streams_per_tunnel }: LimitsConfig): number {
  return max_requests_per_api ?? Math.max(leastRequestsPerApi, max_streams_per_tunnel);
}

const leastRequestsPerApi = 2048;
const noGrants: readonly ActiveGrant[] = [];
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What an API takes that doesn’t say it, and so what one seems to take that there isn’t. */
const usualUpgrades: readonly UpgradeProtocol[] = ['websocket'];
/** A body before a switch is kept as a whole. */
const maxUpgradeBodyBytes = 1_048_576;

/**
 * The order of work, for every request: limits → authenticate → find API → decide → count → record → forward →
 * record outcome. Each step takes what the earlier ones found.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const now = parts.now ?? Date.now;
  const underWay = new RequestsByPerson();

  /** Runs a step of an exchange; what it throws ends this exchange alone, recorded and reported. */
  function guarded(exchange: Exchange, policy: Policy, step: () => void): void {
    try {
      step();
    } catch (error) {
      fail(exchange, error, policy);
    }
  }

  function fail(exchange: Exchange, error: unknown, policy: Policy): void {
    parts.onFailed(error, exchange.requestId);
    if (exchange.finished) return;
    const refusal: Refusal = {
      code: 'internal',
      status: 500,
      detail: 'The relay failed on this request.',
      close: true,
    };
    try {
      if (exchange.decision === null) refuse(exchange, refusal, policy);
      else {
        exchange.answer(refusal);
        exchange.finish('unknown', refusal.detail);
      }
    } catch (second) {
      parts.onFailed(second, exchange.requestId);
      exchange.cut(refusal.detail);
      exchange.finish('unknown', refusal.detail);
    }
  }

  function begin(incoming: Incoming): Exchange {
    return new Exchange(newRequestId(), now(), incoming, parts.audit);
  }

  function admit(exchange: Exchange, inForce: PolicyInForce, upgrade: UpgradeProtocol | null): Admitted | Refusal {
    const { request, socket } = exchange;

    // Limits
    const overload = parts.overloadOf?.(socket.session) ?? null;
    if (overload !== null) {
      // Being refused is no work that counts: a flood must not use up what others may have.
      socket.session.exchanges.delete(exchange);
      return { code: 'overloaded', status: 503, detail: overload, headers: { 'Retry-After': '1' } };
    }
    // Node’s parser of HTTP/1.1 refuses unknown ones by itself; HTTP/2 takes any word.
    if (!knownMethods.has(exchange.method)) {
      return {
        code: 'method-not-supported',
        status: 405,
        detail: `${exchange.method.slice(0, 50)} never passes the relay.`,
        close: true,
      };
    }
    const fault = request.fault ?? null;
    if (fault !== null) {
      const detail = `The request is malformed: ${fault} (RFC 9113 §8.2.1).`;
      return { code: 'bad-request', status: 400, detail, close: true };
    }
    const headers = readRequestHeaders(request.rawHeaders, inForce.limits.max_headers);
    if (headers.status === 'refused') {
      const { httpStatus, detail } = headers;
      return {
        code: httpStatus === 431 ? 'headers-too-large' : 'bad-request',
        status: httpStatus,
        detail,
        close: true,
      };
    }
    const handshake = upgrade === null ? null : upgradeProblem(upgrade, exchange.method, headers);
    if (handshake !== null) return { code: 'bad-request', status: 400, detail: handshake, close: true };
    const target = originForm(request.url ?? '', headers.host);
    if (target === null) {
      return {
        code: 'bad-request',
        status: 400,
        detail: 'The request line names another host than the Host header.',
        close: true,
      };
    }

    // Authenticate
    const { identity } = socket.session;
    if (identity.expiresAtMs <= exchange.startedAtMs) {
      return { code: 'sign-in-expired', status: 401, detail: 'The sign-in of this tunnel has ended.' };
    }

    // Find the API
    const id = socket.session.apiFor(socket.listenerId, headers.host);
    if (id === undefined) {
      return {
        code: 'host-not-allowed',
        status: 403,
        detail: `“${headers.host.slice(0, 200)}” isn’t an address of this listener.`,
      };
    }
    exchange.api = id;
    const keyHash = socket.session.accessKeyHash(socket.listenerId, id);
    if (keyHash !== undefined && !carriesKey(headers.accessKey, keyHash)) {
      const detail =
        headers.accessKey === undefined ? 'It has no X-Causeway-Key.' : 'Its X-Causeway-Key isn’t this API’s key.';
      return { code: 'access-key-needed', status: 403, detail };
    }
    const api = inForce.apis.get(id);
    const found = parts.upstreams.get(id);
    // A hidden API answers here as one that doesn't exist, before anything that differs from API to API.
    if (api === undefined || found === undefined || !inForce.policy.isVisible(identity, id, context(exchange))) {
      return { code: 'unknown-api', status: 404, detail: `This relay has no API “${id}”.` };
    }
    if (upgrade !== null && !api.upgrades.includes(upgrade)) {
      const detail = `This API doesn’t switch to ${upgrade} any more (upgrades).`;
      return { code: 'bad-request', status: 400, detail, close: true };
    }
    const tooLarge = headerExcess(request, api);
    if (tooLarge !== null) return { code: 'headers-too-large', status: 431, detail: tooLarge, close: true };
    const origin = judgeOrigin({ host: headers.host, method: exchange.method }, headers.page, {
      allowedOrigins: api.allowed_origins,
      navigation: api.allow_navigation,
    });
    if (!origin.allowed) return { code: 'origin-not-allowed', status: 403, detail: origin.detail };
    const maxBodyBytes = bodyBound(found, upgrade);
    if (maxBodyBytes !== undefined && (headers.contentLength ?? 0) > maxBodyBytes) {
      return {
        code: 'body-too-large',
        status: 413,
        detail: `At most ${maxBodyBytes} bytes are allowed.`,
        close: true,
      };
    }
    const canonical = canonicalPath(target, { allow: pathFormsOf(api) });
    if (canonical.status === 'refused') {
      const { reason, detail } = canonical;
      return { code: 'path-not-canonical', status: 400, detail, close: reason !== 'ambiguous' };
    }
    exchange.path = canonical.path;
    const upstream = parts.upstreams.for(found, id, socket, headers.forwarded);
    if (upstream === null) {
      const detail = 'It would sign in to the connection to the API, which this relay refuses (connection_auth).';
      return { code: 'connection-auth-refused', status: 403, detail };
    }
    const max = maxRequestsPerApi(inForce.limits);
    exchange.giveBack = underWay.take(identity, id, max);
    if (exchange.giveBack === null) {
      const detail = `You have ${max} requests under way at this API (max_requests_per_api).`;
      return { code: 'overloaded', status: 503, detail, headers: { 'Retry-After': '1' } };
    }
    const asked = furtherOf(exchange, headers, upstream, api);
    if ('code' in asked) return asked;
    return { identity, upstream, headers, target: upstream.basePath + canonical.path + canonical.query, ...asked };
  }

  /** What headers ask for besides the request line: another method, or another path to write to. */
  function furtherOf(
    { method, path }: Exchange,
    headers: Admitted['headers'],
    { outgoing, origin, basePath }: Upstream,
    api: ApiConfig,
  ): Pick<Admitted, 'further' | 'destination'> | Refusal {
    const overrides = readOverrides(method, headers.methodOverrides, outgoing.caller.keeps);
    if (overrides.status === 'refused') return { code: 'bad-request', status: 400, detail: overrides.detail };
    const further = overrides.methods.map((wanted): FurtherRequest => ({ method: wanted, path }));
    const writing = [method, ...overrides.methods].filter(hasDestination);
    if (headers.destination === undefined || writing.length === 0) return { further, destination: undefined };
    const { address, rewrite } = outgoing;
    const destination = readDestination(headers.destination, headers.host, { address, origin, basePath }, rewrite, {
      allow: pathFormsOf(api),
    });
    if (destination.status === 'refused') return { code: 'bad-request', status: 400, detail: destination.detail };
    for (const wanted of writing) further.push({ method: wanted, path: destination.path });
    return { further, destination: destination.value };
  }

  function context({ socket, startedAtMs }: Pick<Exchange, 'socket' | 'startedAtMs'>): PolicyContext {
    const { identity, remoteAddress, device } = socket.session;
    const grants = parts.grantsOf?.(identity) ?? noGrants;
    return { timeMs: startedAtMs, remoteAddress, device, grants };
  }

  function decide(exchange: Exchange, policy: Policy, { identity, further }: Admitted): Decision {
    const { api, method, path } = exchange;
    exchange.further = further;
    return decideAll(policy, identity, { api, method, path, further }, context(exchange));
  }

  /** A refusal is a denial without a rule: recorded first, answered when the record is durable. */
  function refuse(exchange: Exchange, refusal: Refusal, policy: Policy): void {
    if (refusal.close === true) stopReading(exchange.socket);
    if (exchange.path === '') exchange.path = shortened(exchange.request.url ?? '');
    deny(exchange, { effect: 'deny', rule: null, reason: refusal.detail, unlockedBy: [] }, refusal, policy);
  }

  /** @param told what the caller may know of the decision; all of it when left out */
  function deny(exchange: Exchange, decision: Decision, refusal: Refusal, policy: Policy, told?: ToldDecision): void {
    const answer = (error: Error | null): void =>
      guarded(exchange, policy, () => {
        exchange.answer(error === null ? refusal : auditRefusal(error));
        exchange.finish('completed');
      });
    exchange.record(decision, policy.revision, answer, told);
  }

  function denyByPolicy(exchange: Exchange, decision: Decision, policy: Policy): void {
    const told = policy.told(decision);
    deny(exchange, decision, denialRefusal(told), policy, told);
  }

  function upstreamHeaders(exchange: Exchange, admitted: Admitted): string[] {
    const { headers, destination, upstream, identity } = admitted;
    return outgoingHeaders(upstream.outgoing, {
      forwarded: headers.forwarded,
      host: headers.host,
      destination,
      remoteAddress: exchange.socket.session.remoteAddress,
      own: [
        // HTTP/2 has :authority for it.
        ...(upstream.outgoing.host === null || upstream.http2 !== null ? [] : ['Host', upstream.outgoing.host]),
        'X-Causeway-Identity',
        parts.identityHeader(identity, exchange.api),
        'X-Causeway-Request-Id',
        exchange.requestId,
      ],
    });
  }

  /** Counts an allowed request against its limits, then goes on at once, or refuses it. */
  function count(
    exchange: Exchange,
    decision: Allowed,
    identity: Identity,
    policy: Policy,
    goOn: (decision: Allowed) => void,
  ): void {
    const settle = (taken: Taken): void => {
      exchange.answerHeaders = taken.headers;
      if (taken.status === 'refused') refuseByLimit(exchange, taken, policy);
      else goOn(taken.note === null ? decision : { ...decision, reason: `${decision.reason} ${taken.note}` });
    };
    const settleLater = (later: Taken): void => guarded(exchange, policy, () => settle(later));
    const taken = parts.limiter?.take(identity, exchange.api, exchange.startedAtMs) ?? null;
    if (taken === null) goOn(decision);
    else if (taken instanceof Promise) void taken.then(settleLater, (error: unknown) => fail(exchange, error, policy));
    else settle(taken);
  }

  function refuseByLimit(exchange: Exchange, taken: Extract<Taken, { status: 'refused' }>, policy: Policy): void {
    const { code, rule, reason, resetsAtMs } = taken;
    const refusal: Refusal = {
      code,
      status: code === 'counters-unavailable' ? 503 : 429,
      detail: reason,
      headers: { 'Retry-After': String(taken.retryAfterSeconds) },
      ...(resetsAtMs === null ? {} : { resetsAtMs }),
    };
    deny(exchange, { effect: 'deny', rule, reason, unlockedBy: [] }, refusal, policy);
  }

  function wayBackOf(exchange: Exchange, { upstream, headers }: Admitted): WayBack {
    const { origin, basePath, rewrite } = upstream;
    const local = { host: headers.host, origin, basePath, ...rewrite };
    return new WayBack(exchange, local, (error) => parts.onFailed(error, exchange.requestId));
  }

  function forwardRequest(
    incoming: Incoming,
    exchange: Exchange,
    counted: Allowed,
    admitted: Admitted,
    inForce: PolicyInForce,
    hasBody: boolean,
  ): void {
    const { upstream } = admitted;
    const way = wayBackOf(exchange, admitted);
    const maxSeconds = inForce.apis.get(exchange.api)?.max_seconds;
    if (maxSeconds !== undefined) exchange.endAfter(maxSeconds, (failure) => way.timeOut(failure));
    const forward = (): void => {
      const { http2, open } = upstream;
      const body = hasBody ? bodyFor(exchange, way, upstream) : null;
      const headers = upstreamHeaders(exchange, admitted);
      const request = { method: exchange.method, path: admitted.target, headers, body };
      if (http2 !== null) new Http2Forwarding(way, upstream, http2).start(request, exchange.continueOwed);
      else if (exchange.continueOwed && body !== null && open !== null && canExpect(request))
        new ExpectingForwarding(way, upstream, open).start({ ...request, body });
      else new Forwarding(way, upstream).start(request);
    };
    // A safe method may reach the upstream while its record is written; its answer still waits for the record.
    const early = safeMethods.has(exchange.method) && !hasBody && parts.audit.healthy;
    const onRecorded = (error: Error | null): void =>
      way.guard(() => {
        if (error !== null) way.refuse(auditRefusal(error));
        else if (early) way.release();
        else if (isBroken(incoming.request))
          exchange.finish('aborted', 'The request’s body is malformed; nothing was forwarded.');
        else {
          way.release();
          // The caller may have left, or the record have taken all the time that the request has.
          if (!way.settled) forward();
        }
      });
    exchange.record(counted, inForce.policy.revision, onRecorded, inForce.policy.told(counted));
    if (early) way.guard(forward);
  }

  function forwardUpgrade(
    incoming: IncomingUpgrade,
    exchange: Exchange,
    way: WayBack,
    { upstream, headers, target }: Admitted,
    sent: string[],
    firstBytes: Buffer,
  ): void {
    const request = { method: exchange.method, path: target, headers: sent };
    const forwarding = new UpgradeForwarding(exchange, incoming, way, upstream, firstBytes);
    if (!headers.hasBody) {
      forwarding.start(request, null);
      return;
    }
    readWholeBody(bodyFor(exchange, way, { maxBodyBytes: maxUpgradeBodyBytes }), (body) =>
      way.guard(() => {
        if (!way.settled) forwarding.start(request, body);
      }),
    );
  }

  function bodyFor(
    exchange: Exchange,
    way: WayBack,
    { maxBodyBytes = Infinity }: Pick<Upstream, 'maxBodyBytes'>,
  ): RequestBody {
    return new RequestBody(exchange, {
      maxBytes: maxBodyBytes,
      onWanted: () => continueWhenWanted(exchange, way),
      onTooLarge: () =>
        way.refuse({ code: 'body-too-large', status: 413, detail: `At most ${maxBodyBytes} bytes are allowed.` }),
    });
  }

  /** What HTTP/1.1, HTTP/2 and upgrades have in common before anything is forwarded. */
  function judge(
    incoming: Incoming,
    upgrade: UpgradeProtocol | null,
    forward: (exchange: Exchange, counted: Allowed, admitted: Admitted) => void,
  ): void {
    const { policy } = parts.inForce();
    const exchange = begin(incoming);
    guarded(exchange, policy, () => {
      const admitted = admit(exchange, parts.inForce(), upgrade);
      if ('code' in admitted) {
        refuse(exchange, admitted, policy);
        return;
      }
      const decision = decide(exchange, policy, admitted);
      if (decision.effect === 'deny') denyByPolicy(exchange, decision, policy);
      else count(exchange, decision, admitted.identity, policy, (counted) => forward(exchange, counted, admitted));
    });
  }

  return {
    handle(incoming, expectsContinue, hasBody) {
      const inForce = parts.inForce();
      judge(incoming, null, (exchange, counted, admitted) => {
        const carriesBody = hasBody ?? admitted.headers.hasBody;
        exchange.continueOwed = expectsContinue && carriesBody;
        forwardRequest(incoming, exchange, counted, admitted, inForce, carriesBody);
      });
    },

    upgradesOf: (socket, host) => {
      const { apis, policy } = parts.inForce();
      const api = apis.get(socket.session.apiFor(socket.listenerId, host.toLowerCase()) ?? '');
      // Whether the connection ends must not tell a hidden API from one that doesn't exist.
      const isVisible =
        api !== undefined && policy.isVisible(socket.session.identity, api.id, context({ socket, startedAtMs: now() }));
      return isVisible ? api.upgrades : usualUpgrades;
    },

    upgrade(incoming, firstBytes, expectsContinue) {
      const inForce = parts.inForce();
      judge(incoming, incoming.protocol, (exchange, counted, admitted) => {
        exchange.continueOwed = expectsContinue && admitted.headers.hasBody;
        const way = wayBackOf(exchange, admitted);
        const onRecorded = (error: Error | null): void =>
          way.guard(() => {
            if (error !== null) {
              way.refuse(auditRefusal(error));
              return;
            }
            if (isBroken(incoming.request)) {
              exchange.finish('aborted', 'The request’s body is malformed; nothing was forwarded.');
              return;
            }
            way.release();
            if (way.settled) return;
            const sent = upstreamHeaders(exchange, admitted);
            forwardUpgrade(incoming, exchange, way, admitted, sent, firstBytes);
          });
        exchange.record(counted, inForce.policy.revision, onRecorded, inForce.policy.told(counted));
      });
    },
  };
}

/** How large a body may be; undefined without bound. */
function bodyBound({ maxBodyBytes }: Upstream, upgrade: UpgradeProtocol | null): number | undefined {
  return upgrade === null ? maxBodyBytes : Math.min(maxBodyBytes ?? Infinity, maxUpgradeBodyBytes);
}

/** The path of an absolute-form target (RFC 9112 §3.2.2) whose authority is the Host's; null for another authority. */
function originForm(url: string, host: string): string | null {
  if (url.startsWith('/')) return url;
  const match = /^http:\/\/([^/?#]*)(.*)$/i.exec(url);
  if (match === null) return url;
  if ((match[1] ?? '').toLowerCase() !== host) return null;
  const rest = match[2] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** What is too much for the API in the request's head, in words; null when nothing is. */
function headerExcess({ rawHeaders, url = '' }: Incoming['request'], api: ApiConfig): string | null {
  const { max_headers: most, max_header_bytes: maxBytes } = api;
  if (most !== undefined && rawHeaders.length > most * 2) {
    return `It has ${rawHeaders.length / 2} headers, at most ${most} are allowed for this API.`;
  }
  if (maxBytes === undefined) return null;
  const bytes = rawHeaders.reduce((sum, part) => sum + part.length + 2, url.length);
  return bytes > maxBytes ? `Its head has ${bytes} bytes, at most ${maxBytes} are allowed for this API.` : null;
}

function denialRefusal(told: ToldDecision): Refusal {
  const stepUp = told.effect === 'deny' ? told.stepUp : undefined;
  if (stepUp === undefined) return { code: 'policy-denied', status: 403, detail: told.reason };
  const headers = { 'WWW-Authenticate': stepUpChallenge(stepUp) };
  return { code: 'step-up-required', status: 403, detail: told.reason, headers };
}

function auditRefusal(error: Error): Refusal {
  return {
    code: 'audit-unavailable',
    status: 503,
    detail: `The record of this request can’t be written: ${error.message}`,
  };
}

/** 96 random bits in base64url: short enough to quote, never repeated. */
function newRequestId(): string {
  if (idOffset + 12 > idPool.length) {
    idPool = randomBytes(1200);
    idOffset = 0;
  }
  const id = idPool.toString('base64url', idOffset, idOffset + 12);
  idOffset += 12;
  return id;
}

let idPool = randomBytes(1200);
let idOffset = 0;
