import type { Reason } from '../../../shared/reason.ts';
import type { ApiConfig } from '../../config/config-schema.ts';
import type { UpgradeProtocol } from '../../config/values/upgrade-protocol.ts';
import type { Identity } from '../../identity/identity.ts';
import type { FurtherRequest } from '../../policy/decide-all.ts';
import type { PolicyContext } from '../../policy/decision.ts';
import type { PolicyInForce } from '../../policy/policy-in-force.ts';
import type { Lock } from '../../sessions/lock.ts';
import type { TunnelSession } from '../../tunnel/tunnel-session.ts';
import type { Upstream, UpstreamPools } from '../../upstream/upstream-pools.ts';
import type { Exchange, Refusal } from '../exchange/exchange.ts';
import type { RequestHeaders } from './request-headers.ts';
import type { RequestsByPerson } from './requests-by-person.ts';

export type ReadHeaders = Extract<RequestHeaders, { status: 'ok' }>;

/** What gates look at besides the request. */
export interface GateParts {
  readonly upstreams: UpstreamPools;
  readonly underWay: RequestsByPerson;
  /** Why the relay can't take a request of this session on now, in words; null when it can. */
  readonly overloadOf: (session: TunnelSession) => Reason | null;
  /** The lock that shuts a session out of an API; null when none does. */
  readonly lockOf: (session: TunnelSession, api: string) => Lock | null;
  /** In what situation policy decides on the request. */
  readonly contextOf: (exchange: Exchange) => PolicyContext;
}

/** Looks at one thing of a request, and says why it goes no further; null lets it pass to the next gate. */
export type Gate = (candidate: Candidate, parts: GateParts) => Refusal | null;

/**
 * A request on its way through the gates, with what they have found of it. A gate relies on the gates before it: what
 * none of them has found throws.
 */
export class Candidate {
  readonly exchange: Exchange;
  /** The caller as it is now: a renewal may change the session's before the request is forwarded. */
  readonly identity: Identity;
  readonly inForce: PolicyInForce;
  /** What it asks to switch to; null for an ordinary request. */
  readonly upgrade: UpgradeProtocol | null;
  /** The request line's target in origin form (RFC 9112 §3.2.1). */
  asked = '';
  /** Canonical path with the raw query, as it goes upstream. */
  target = '';
  /** What it asks for besides its request line; policy must allow that, too. */
  further: readonly FurtherRequest[] = noFurther;
  /** Destination of a COPY or MOVE, as it goes upstream. */
  destination: string | undefined = undefined;
  #headers: ReadHeaders | null = null;
  #api: ApiConfig | null = null;
  #upstream: Upstream | null = null;

  constructor(exchange: Exchange, inForce: PolicyInForce, upgrade: UpgradeProtocol | null) {
    this.exchange = exchange;
    this.identity = exchange.socket.session.identity;
    this.inForce = inForce;
    this.upgrade = upgrade;
  }

  get headers(): ReadHeaders {
    return found(this.#headers, 'headers');
  }

  set headers(headers: ReadHeaders) {
    this.#headers = headers;
  }

  get api(): ApiConfig {
    return found(this.#api, 'API');
  }

  set api(api: ApiConfig) {
    this.#api = api;
  }

  /** The API's upstream, over the connections that this request is to use. */
  get upstream(): Upstream {
    return found(this.#upstream, 'upstream');
  }

  set upstream(upstream: Upstream) {
    this.#upstream = upstream;
  }
}

const noFurther: readonly FurtherRequest[] = [];

function found<Value>(value: Value | null, what: string): Value {
  if (value === null) throw new Error(`A gate asks for the ${what} before another has found it.`);
  return value;
}
