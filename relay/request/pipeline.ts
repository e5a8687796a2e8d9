import { reason as sentence, type Reason } from '../../shared/reason.ts';
import { said } from '../../shared/plain-reason.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { UpgradeProtocol } from '../config/values/upgrade-protocol.ts';
import type { Identity } from '../identity/identity.ts';
import { decideAll, shortened } from '../policy/decide-all.ts';
import type { ActiveGrant, Decision, Policy, PolicyContext, ToldDecision } from '../policy/decision.ts';
import { LazyReasons } from '../policy/lazy-reasons.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { Limiter, Taken } from '../quota/limiter.ts';
import type { Lock } from '../sessions/lock.ts';
import type { StreamSocket } from '../tunnel/stream-socket.ts';
import type { TunnelSession } from '../tunnel/tunnel-session.ts';
import type { UpstreamPools } from '../upstream/upstream-pools.ts';
import { recordedQuery } from '../recorded/recorded-query.ts';
import type { RequestWatcher } from '../watch/request-watch.ts';
import { auditRefusal } from './audit-refusal.ts';
import { stopReading } from './exchange/connection-order.ts';
import { Exchange, type Incoming, type IncomingUpgrade, type Refusal } from './exchange/exchange.ts';
import { createForwarder } from './forward-allowed.ts';
import { Candidate } from './gates/candidate.ts';
import { passGates } from './gates/gates.ts';
import { isNotLocked } from './gates/lock-gate.ts';
import { RequestsByPerson } from './gates/requests-by-person.ts';
import { newRequestId } from './request-id.ts';
import { stepUpChallenge } from './step-up-challenge.ts';

export interface PipelineParts {
  readonly inForce: () => PolicyInForce;
  readonly audit: AuditLog;
  readonly upstreams: UpstreamPools;
  /** Value of X-Causeway-Identity for an upstream. */
  readonly identityHeader: (identity: Identity, api: string) => string;
  /** Grants of a person, also ended ones. */
  readonly grantsOf?: (identity: Identity) => readonly ActiveGrant[];
  /** The lock that shuts a session out of an API; null when none does. */
  readonly lockOf?: (session: TunnelSession, api: string) => Lock | null;
  /** Told of each request that is about to be forwarded. */
  readonly didUse?: (session: TunnelSession, api: string) => void;
  /** Counts allowed requests; left out where nothing is limited. */
  readonly limiter?: Pick<Limiter, 'take'>;
  /** Why the relay can't take a request of this session on now; null when it can. */
  readonly overloadOf?: (session: TunnelSession) => Reason | null;
  /** Looks on at requests. */
  readonly watcher?: RequestWatcher;
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

type Allowed = Extract<Decision, { effect: 'allow' }>;

const noGrants: readonly ActiveGrant[] = [];
/** What an API takes that doesn’t say it, and so what one seems to take that there isn’t. */
const usualUpgrades: readonly UpgradeProtocol[] = ['websocket'];

/**
 * The order of work, for every request: gates (`gates/gates.ts`: limits, sign-in, API, path) → decide → count → record →
 * forward → record outcome. Each step takes what the earlier ones found.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const now = parts.now ?? Date.now;
  const { upstreams, overloadOf = () => null, lockOf = () => null } = parts;
  const gateParts = { upstreams, underWay: new RequestsByPerson(), overloadOf, lockOf, contextOf: context };
  const forwarder = createForwarder(parts);

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
      ...said(sentence('relay-failed')),
      close: true,
    };
    try {
      if (!exchange.decided) refuse(exchange, refusal, policy);
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

  function context({ socket, startedAtMs }: Pick<Exchange, 'socket' | 'startedAtMs'>): PolicyContext {
    const { identity, remoteAddress, device } = socket.session;
    const grants = parts.grantsOf?.(identity) ?? noGrants;
    return { timeMs: startedAtMs, remoteAddress, device, grants };
  }

  /** A refusal is a denial without a rule: recorded first, answered when the record is durable. */
  function refuse(exchange: Exchange, refusal: Refusal, policy: Policy): void {
    if (refusal.close === true) stopReading(exchange.socket);
    // Without the query, which may hold what must not be recorded.
    if (exchange.path === '') exchange.path = shortened((exchange.request.url ?? '').split('?', 1)[0] ?? '');
    deny(
      exchange,
      {
        effect: 'deny',
        rule: refusal.rule ?? null,
        reason: refusal.detail,
        reasons: reasonsOf(refusal),
        unlockedBy: [],
      },
      refusal,
      policy,
    );
  }

  /** @param told what the caller may know of the decision; all of it when left out */
  function deny(exchange: Exchange, decision: Decision, refusal: Refusal, policy: Policy, told?: ToldDecision): void {
    const answer = (error: Error | null): void =>
      guarded(exchange, policy, () => {
        exchange.answer(error === null ? refusal : auditRefusal(error));
        exchange.finish('completed');
      });
    exchange.record(decision, policy.revision, answer, told, refusal.code);
  }

  function denyByPolicy(exchange: Exchange, decision: Decision, policy: Policy): void {
    const told = policy.told(decision);
    deny(exchange, decision, denialRefusal(told), policy, told);
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
      exchange.watch?.counted(taken.status === 'refused' ? taken.code : null);
      exchange.answerHeaders = taken.headers;
      if (taken.status === 'refused') refuseByLimit(exchange, taken, policy);
      else goOn(taken.note === null ? decision : withNote(decision, taken.note));
    };
    const settleLater = (later: Taken): void => guarded(exchange, policy, () => settle(later));
    const taken = parts.limiter?.take(identity, exchange.api, exchange.startedAtMs) ?? null;
    if (taken === null) goOn(decision);
    else if (taken instanceof Promise) void taken.then(settleLater, (error: unknown) => fail(exchange, error, policy));
    else settle(taken);
  }

  function refuseByLimit(exchange: Exchange, taken: Extract<Taken, { status: 'refused' }>, policy: Policy): void {
    const { code, rule, reason, reasons, resetsAtMs } = taken;
    const refusal: Refusal = {
      code,
      status: code === 'counters-unavailable' ? 503 : 429,
      detail: reason,
      reasons,
      headers: { 'Retry-After': String(taken.retryAfterSeconds) },
      ...(resetsAtMs === null ? {} : { resetsAtMs }),
    };
    deny(
      exchange,
      { effect: 'deny', rule, reason, reasons: new LazyReasons(() => reasons), unlockedBy: [] },
      refusal,
      policy,
    );
  }

  /** What HTTP/1.1, HTTP/2 and upgrades have in common before anything is forwarded. */
  function judge(
    incoming: Incoming,
    upgrade: UpgradeProtocol | null,
    forward: (candidate: Candidate, counted: Allowed) => void,
  ): void {
    const inForce = parts.inForce();
    const { policy } = inForce;
    const exchange = new Exchange(newRequestId(), now(), incoming, parts.audit);
    exchange.watch = parts.watcher?.(exchange) ?? null;
    guarded(exchange, policy, () => {
      const candidate = new Candidate(exchange, inForce, upgrade);
      const refusal = passGates(candidate, gateParts);
      if (refusal !== null) {
        refuse(exchange, refusal, policy);
        return;
      }
      const { identity, further } = candidate;
      const { api, method, path } = exchange;
      exchange.further = further;
      const parameters = inForce.recorded.query.get(api);
      if (parameters !== undefined) exchange.query = recordedQuery(candidate.target, parameters);
      const decision = decideAll(policy, identity, { api, method, path, further }, context(exchange));
      exchange.watch?.decided(decision);
      if (decision.effect === 'deny') denyByPolicy(exchange, decision, policy);
      else
        count(exchange, decision, identity, policy, (counted) => {
          // Counting can take its time, in which a lock may have come.
          const locked = isNotLocked(candidate, gateParts);
          if (locked !== null) {
            refuse(exchange, locked, policy);
            return;
          }
          parts.didUse?.(exchange.socket.session, api);
          forward(candidate, counted);
        });
    });
  }

  return {
    handle(incoming, expectsContinue, hasBody) {
      judge(incoming, null, (candidate, counted) => {
        const { exchange, headers } = candidate;
        const carriesBody = hasBody ?? headers.hasBody;
        exchange.continueOwed = expectsContinue && carriesBody;
        forwarder.forwardRequest(candidate, counted, carriesBody);
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
      judge(incoming, incoming.protocol, (candidate, counted) => {
        const { exchange, headers } = candidate;
        exchange.continueOwed = expectsContinue && headers.hasBody;
        forwarder.forwardUpgrade(incoming, candidate, counted, firstBytes);
      });
    },
  };
}

function denialRefusal(told: ToldDecision): Refusal {
  const stepUp = told.effect === 'deny' ? told.stepUp : undefined;
  const why = { detail: told.reason, ...(told.reasons === undefined ? {} : { reasons: told.reasons.list() }) };
  if (stepUp === undefined) return { code: 'policy-denied', status: 403, ...why };
  const headers = { 'WWW-Authenticate': stepUpChallenge(stepUp) };
  return { code: 'step-up-required', status: 403, ...why, headers };
}

function reasonsOf({ reasons }: Refusal): LazyReasons | undefined {
  return reasons === undefined ? undefined : new LazyReasons(() => reasons);
}

/** The decision with what is to be said of limits that could not be counted. */
function withNote(
  decision: Allowed,
  { words, reason }: NonNullable<Extract<Taken, { status: 'taken' }>['note']>,
): Allowed {
  const { reasons } = decision;
  return {
    ...decision,
    reason: `${decision.reason} ${words}`,
    reasons: reasons === undefined ? undefined : new LazyReasons(() => [...reasons.list(), reason]),
  };
}
