import type { AuditLog } from '../audit/audit-record.ts';
import type { Identity } from '../identity/identity.ts';
import type { Decision } from '../policy/decision.ts';
import { canExpect, ExpectingForwarding } from '../upstream/forward-expecting.ts';
import { Http2Forwarding } from '../upstream/forward-http2.ts';
import { Forwarding } from '../upstream/forward-request.ts';
import { UpgradeForwarding } from '../upstream/forward-upgrade.ts';
import { outgoingHeaders } from '../upstream/outgoing-headers.ts';
import type { Upstream } from '../upstream/upstream-pools.ts';
import { continueWhenWanted } from '../way-back/continue-when-wanted.ts';
import { RequestBody } from '../way-back/request-body.ts';
import type { OutgoingContext } from '../watch/request-watch.ts';
import { WayBack } from '../way-back/way-back.ts';
import { readWholeBody } from '../way-back/whole-body.ts';
import { auditRefusal } from './audit-refusal.ts';
import { isBroken } from './exchange/connection-order.ts';
import type { Exchange, IncomingUpgrade } from './exchange/exchange.ts';
import { maxUpgradeBodyBytes } from './gates/api-gates.ts';
import type { Candidate } from './gates/candidate.ts';

type Allowed = Extract<Decision, { effect: 'allow' }>;

export interface ForwarderParts {
  readonly audit: AuditLog;
  /** Value of X-Causeway-Identity for an upstream. */
  readonly identityHeader: (identity: Identity, api: string) => string;
  /** Told of a failure of the relay itself inside one exchange, which has ended with it. */
  readonly onFailed: (error: unknown, requestId: string) => void;
}

/** Takes allowed requests on: records the decision, then forwards. */
export interface Forwarder {
  forwardRequest(candidate: Candidate, counted: Allowed, hasBody: boolean): void;
  forwardUpgrade(incoming: IncomingUpgrade, candidate: Candidate, counted: Allowed, firstBytes: Buffer): void;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Nothing is answered, and nothing that may change something is forwarded, before the decision’s record is durable. */
export function createForwarder(parts: ForwarderParts): Forwarder {
  function wayBackOf({ exchange, upstream, headers }: Candidate): WayBack {
    const { origin, basePath, rewrite } = upstream;
    const local = { host: headers.host, origin, basePath, ...rewrite };
    return new WayBack(exchange, local, (error) => parts.onFailed(error, exchange.requestId));
  }

  function upstreamHeaders({ exchange, headers, destination, upstream, identity }: Candidate): string[] {
    const context = exchange.watch?.outgoing;
    const own: string[] = [];
    // HTTP/2 has :authority for it.
    if (upstream.outgoing.host !== null && upstream.http2 === null) own.push('Host', upstream.outgoing.host);
    own.push('X-Causeway-Identity', parts.identityHeader(identity, exchange.api));
    own.push('X-Causeway-Request-Id', exchange.requestId);
    if (context !== undefined && upstream.outgoing.caller.passes('traceparent'))
      own.push('traceparent', context.traceparent);
    return outgoingHeaders(upstream.outgoing, {
      forwarded: context === undefined ? headers.forwarded : withoutContext(headers.forwarded, context),
      host: headers.host,
      destination,
      remoteAddress: exchange.socket.session.remoteAddress,
      own,
    });
  }

  function send(candidate: Candidate, way: WayBack, hasBody: boolean): void {
    const { exchange, upstream, target } = candidate;
    const { http2, open } = upstream;
    const body = hasBody ? bodyFor(exchange, way, upstream) : null;
    exchange.watch?.sent();
    const request = { method: exchange.method, path: target, headers: upstreamHeaders(candidate), body };
    if (http2 !== null) new Http2Forwarding(way, upstream, http2).start(request, exchange.continueOwed);
    else if (exchange.continueOwed && body !== null && open !== null && canExpect(request))
      new ExpectingForwarding(way, upstream, open).start({ ...request, body });
    else new Forwarding(way, upstream).start(request);
  }

  function sendUpgrade(incoming: IncomingUpgrade, candidate: Candidate, way: WayBack, firstBytes: Buffer): void {
    const { exchange, upstream, headers, target } = candidate;
    const request = { method: exchange.method, path: target, headers: upstreamHeaders(candidate) };
    exchange.watch?.sent();
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

  /** Records the decision; `next` comes when that is durable and the caller still waits. */
  function recorded({ exchange, inForce }: Candidate, counted: Allowed, way: WayBack, next: () => void): void {
    const onRecorded = (error: Error | null): void =>
      way.guard(() => {
        if (error !== null) way.refuse(auditRefusal(error));
        else next();
      });
    exchange.record(counted, inForce.policy.revision, onRecorded, inForce.policy.told(counted));
  }

  /** For what is forwarded only behind its record. The caller may have left, or the record have taken all the time. */
  function forwardNow({ exchange }: Candidate, way: WayBack, forward: () => void): void {
    if (isBroken(exchange.request)) {
      exchange.finish('aborted', 'The request’s body is malformed; nothing was forwarded.');
      return;
    }
    way.release();
    if (!way.settled) forward();
  }

  return {
    forwardRequest(candidate, counted, hasBody) {
      const { exchange, inForce } = candidate;
      const way = wayBackOf(candidate);
      const maxSeconds = inForce.apis.get(exchange.api)?.max_seconds;
      if (maxSeconds !== undefined) exchange.endAfter(maxSeconds, (failure) => way.timeOut(failure));
      const forward = (): void => send(candidate, way, hasBody);
      // A safe method may reach the upstream while its record is written; its answer still waits for the record.
      const early = safeMethods.has(exchange.method) && !hasBody && parts.audit.healthy;
      recorded(candidate, counted, way, () => {
        if (early) way.release();
        else forwardNow(candidate, way, forward);
      });
      if (early) way.guard(forward);
    },

    forwardUpgrade(incoming, candidate, counted, firstBytes) {
      const way = wayBackOf(candidate);
      recorded(candidate, counted, way, () =>
        forwardNow(candidate, way, () => sendUpgrade(incoming, candidate, way, firstBytes)),
      );
    },
  };
}

/** The caller’s headers without those that a trace context takes the place of; mostly there are none. */
function withoutContext(headers: readonly string[], { keepsState }: OutgoingContext): readonly string[] {
  const isReplaced = (name: string): boolean =>
    isNamed(name, 'traceparent') || (!keepsState && isNamed(name, 'tracestate'));
  let kept: string[] | null = null;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (isReplaced(name)) kept ??= headers.slice(0, index);
    else kept?.push(name, headers[index + 1] ?? '');
  }
  return kept ?? headers;
}

/** Lengths first: texts in lower case are made for few. */
function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
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
