import { randomBytes } from 'node:crypto';
import { AccessError } from '../shared/errors.ts';
import { canonicalPath } from '../shared/canonical-path.ts';
import type { AuditLog } from './audit/audit-record.ts';
import type { ApiConfig, LimitsConfig } from './config/config-schema.ts';
import { type AnswerSink, Exchange, type Incoming, type Refusal } from './exchange.ts';
import { carriesKey } from './http/carries-key.ts';
import { isBroken, stopReading } from './http/connection-order.ts';
import { judgeOrigin } from './http/judge-origin.ts';
import { stepUpChallenge } from './http/step-up-challenge.ts';
import type { Identity } from './identity/identity.ts';
import type { ActiveGrant, Decision, Policy, PolicyContext, ToldDecision } from './policy/decision.ts';
import type { Limiter, Taken } from './quota/limiter.ts';
import type { TunnelSession } from './tunnel/tunnel-session.ts';
import { Http2Forwarding } from './upstream/forward-http2.ts';
import { Forwarding } from './upstream/forward-request.ts';
import { forwardUpgrade } from './upstream/forward-upgrade.ts';
import { readRequestHeaders, type RequestHeaders } from './upstream/request-headers.ts';
import type { Upstream, UpstreamPools } from './upstream/upstream-pools.ts';

/** What is in force now; a reload replaces the whole object, so that no request sees half of a new config. */
export interface PolicyInForce {
  readonly policy: Policy;
  readonly apis: ReadonlyMap<string, ApiConfig>;
  readonly limits: LimitsConfig;
}

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
  readonly now?: () => number;
}

/** Takes each HTTP request of a tunnel from its head to its recorded outcome. */
export interface Pipeline {
  /** @param hasBody overrides what the headers say: HTTP/2 says it otherwise */
  handle(incoming: Incoming & { readonly response: AnswerSink }, expectsContinue: boolean, hasBody?: boolean): void;
  upgrade(incoming: Incoming, firstBytes: Buffer): void;
}

/** A request that is well-formed, authenticated, and for an API that there is. */
interface Admitted {
  readonly identity: Identity;
  readonly upstream: Upstream;
  readonly headers: Extract<RequestHeaders, { status: 'ok' }>;
  /** Canonical path with the raw query, as it goes upstream. */
  readonly target: string;
}

type Allowed = Extract<Decision, { effect: 'allow' }>;

const noGrants: readonly ActiveGrant[] = [];
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The order of work, for every request: limits → authenticate → find API → decide → count → record → forward →
 * record outcome. Each step takes what the earlier ones found.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const now = parts.now ?? Date.now;

  function begin(incoming: Incoming): Exchange {
    return new Exchange(newRequestId(), now(), incoming, parts.audit);
  }

  function admit(exchange: Exchange, inForce: PolicyInForce): Admitted | Refusal {
    const { request, socket } = exchange;

    // Limits
    const overload = parts.overloadOf?.(socket.session) ?? null;
    if (overload !== null) {
      // Being refused is no work that counts: a flood must not use up what others may have.
      socket.session.exchanges.delete(exchange);
      return { code: 'overloaded', status: 503, detail: overload, headers: { 'Retry-After': '1' } };
    }
    if (exchange.method === 'TRACE' || exchange.method === 'CONNECT') {
      return {
        code: 'method-not-supported',
        status: 405,
        detail: `${exchange.method} never passes the relay.`,
        close: true,
      };
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
    const upstream = parts.upstreams.get(id);
    // A hidden API answers here as one that doesn't exist, before anything that differs from API to API.
    if (api === undefined || upstream === undefined || !inForce.policy.isVisible(identity, id, context(exchange))) {
      return { code: 'unknown-api', status: 404, detail: `This relay has no API “${id}”.` };
    }
    const tooLarge = headerExcess(request, api);
    if (tooLarge !== null) return { code: 'headers-too-large', status: 431, detail: tooLarge, close: true };
    const origin = judgeOrigin(headers.host, headers.origin, headers.fetchSite, api.allowed_origins);
    if (!origin.allowed) return { code: 'origin-not-allowed', status: 403, detail: origin.detail };
    if (upstream.maxBodyBytes !== undefined && (headers.contentLength ?? 0) > upstream.maxBodyBytes) {
      return {
        code: 'body-too-large',
        status: 413,
        detail: `At most ${upstream.maxBodyBytes} bytes are allowed.`,
        close: true,
      };
    }
    const canonical = canonicalPath(target, { allowEncodedSlash: api.allow_encoded_slash });
    if (canonical.status === 'refused') {
      const { reason, detail } = canonical;
      return { code: 'path-not-canonical', status: 400, detail, close: reason !== 'ambiguous' };
    }
    exchange.path = canonical.path;
    return { identity, upstream, headers, target: upstream.basePath + canonical.path + canonical.query };
  }

  function context({ socket, startedAtMs }: Exchange): PolicyContext {
    const { identity, remoteAddress, device } = socket.session;
    const grants = parts.grantsOf?.(identity) ?? noGrants;
    return { timeMs: startedAtMs, remoteAddress, device, grants };
  }

  function decide(exchange: Exchange, policy: Policy, identity: Identity): Decision {
    const { api, method, path } = exchange;
    return policy.decide(identity, { api, method, path }, context(exchange));
  }

  /** A refusal is a denial without a rule: recorded first, answered when the record is durable. */
  function refuse(exchange: Exchange, refusal: Refusal, policy: Policy): void {
    if (refusal.close === true) stopReading(exchange.socket);
    if (exchange.path === '') exchange.path = shortened(exchange.request.url ?? '');
    deny(exchange, { effect: 'deny', rule: null, reason: refusal.detail, unlockedBy: [] }, refusal, policy);
  }

  /** @param told what the caller may know of the decision; all of it when left out */
  function deny(exchange: Exchange, decision: Decision, refusal: Refusal, policy: Policy, told?: ToldDecision): void {
    const answer = (error: Error | null): void => {
      exchange.answer(error === null ? refusal : auditRefusal(error));
      exchange.finish('completed');
    };
    exchange.record(decision, policy.revision, answer, told);
  }

  function denyByPolicy(exchange: Exchange, decision: Decision, policy: Policy): void {
    const told = policy.told(decision);
    deny(exchange, decision, denialRefusal(told), policy, told);
  }

  function upstreamHeaders(exchange: Exchange, admitted: Admitted): string[] {
    const { forwarded } = admitted.headers;
    forwarded.push(
      'X-Causeway-Identity',
      parts.identityHeader(admitted.identity, exchange.api),
      'X-Causeway-Request-Id',
      exchange.requestId,
      'X-Forwarded-Host',
      admitted.headers.host,
      'X-Forwarded-Proto',
      'http',
    );
    forwarded.push(...admitted.upstream.headers);
    return forwarded;
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
    const taken = parts.limiter?.take(identity, exchange.api, exchange.startedAtMs) ?? null;
    if (taken === null) goOn(decision);
    else if (taken instanceof Promise) void taken.then(settle);
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

  function forwardRequest(
    incoming: Incoming & { readonly response: AnswerSink },
    exchange: Exchange,
    counted: Allowed,
    admitted: Admitted,
    inForce: PolicyInForce,
    expectsContinue: boolean,
    hasBody: boolean | undefined,
  ): void {
    const { response } = incoming;
    const { upstream } = admitted;
    const carriesBody = hasBody ?? admitted.headers.hasBody;
    const forwarding =
      upstream.http2 === null
        ? new Forwarding(exchange, upstream)
        : new Http2Forwarding(exchange, upstream, upstream.http2);
    const maxSeconds = inForce.apis.get(exchange.api)?.max_seconds;
    if (maxSeconds !== undefined) exchange.endAfter(maxSeconds, (failure) => forwarding.timeOut(failure));
    const forward = (): void => {
      if (expectsContinue) response.writeContinue();
      forwarding.start({
        path: admitted.target,
        headers: upstreamHeaders(exchange, admitted),
        hasBody: carriesBody,
        rewrite: {
          host: admitted.headers.host,
          origin: upstream.origin,
          basePath: upstream.basePath,
          ...upstream.rewrite,
        },
      });
    };
    // A safe method may reach the upstream while its record is written; its answer still waits for the record.
    const early = safeMethods.has(exchange.method) && !carriesBody && parts.audit.healthy;
    const onRecorded = (error: Error | null): void => {
      if (error !== null)
        forwarding.refuse(new AccessError('audit-unavailable', auditRefusal(error).detail, { cause: error }));
      else if (early) forwarding.release();
      else if (isBroken(incoming.request))
        exchange.finish('aborted', 'The request’s body is malformed; nothing was forwarded.');
      else if (response.destroyed) exchange.finish('aborted', 'The caller left before the request was forwarded.');
      else {
        forwarding.release();
        // The record may have taken all the time that the request has.
        if (!exchange.finished) forward();
      }
    };
    exchange.record(counted, inForce.policy.revision, onRecorded, inForce.policy.told(counted));
    if (early) forward();
  }

  return {
    handle(incoming, expectsContinue, hasBody) {
      const inForce = parts.inForce();
      const exchange = begin(incoming);
      const admitted = admit(exchange, inForce);
      if ('code' in admitted) {
        refuse(exchange, admitted, inForce.policy);
        return;
      }
      const decision = decide(exchange, inForce.policy, admitted.identity);
      if (decision.effect === 'deny') {
        denyByPolicy(exchange, decision, inForce.policy);
        return;
      }
      count(exchange, decision, admitted.identity, inForce.policy, (counted) =>
        forwardRequest(incoming, exchange, counted, admitted, inForce, expectsContinue, hasBody),
      );
    },

    upgrade(incoming, firstBytes) {
      const inForce = parts.inForce();
      const { socket } = incoming;
      const exchange = begin(incoming);
      socket.on('error', () => socket.destroy());
      const admitted = admit(exchange, inForce);
      if ('code' in admitted) {
        refuse(exchange, admitted, inForce.policy);
        return;
      }
      const decision = decide(exchange, inForce.policy, admitted.identity);
      if (decision.effect === 'deny') {
        denyByPolicy(exchange, decision, inForce.policy);
        return;
      }
      count(exchange, decision, admitted.identity, inForce.policy, (counted) => {
        const onRecorded = (error: Error | null): void => {
          if (error !== null) {
            exchange.answer(auditRefusal(error));
            exchange.finish('completed');
            return;
          }
          forwardUpgrade(exchange, admitted.upstream, admitted.target, upstreamHeaders(exchange, admitted), firstBytes);
        };
        exchange.record(counted, inForce.policy.revision, onRecorded, inForce.policy.told(counted));
      });
    },
  };
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

function shortened(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
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
