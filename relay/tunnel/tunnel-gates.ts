import type { IncomingMessage } from 'node:http';
import { clientVersionHeader, tunnelPath } from '../../shared/discovery-document.ts';
import type { AccessError } from '../../shared/errors.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import { tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import { callerAddress } from '../http/caller-address.ts';
import { refusedCallerHeaders } from '../http/challenges.ts';
import { readCredentials } from '../http/read-credentials.ts';
import { authenticateCaller, type CallerVerdict } from '../identity/authenticate-caller.ts';
import type { Identity } from '../identity/identity.ts';
import { refusesVersion } from '../policy/client-version.ts';
import { refuseLockedAddress } from '../sessions/refuse-locked-address.ts';
import { HandshakeRate } from './handshake-rate.ts';
import type { TunnelEndpointOptions } from './tunnel-endpoint-options.ts';
import type { ConnectVerdict } from './tunnel-peers.ts';
import type { TunnelRegistry } from './tunnel-registry.ts';

/** A WebSocket that is to resume a tunnel may overlap with the one that is lost, so there may be twice as many. */
const connectionsPerTunnel = 2;

/** Who opens a WebSocket, and from where. */
export interface TunnelCaller {
  readonly identity: Identity;
  readonly remoteAddress: string;
  /** As it came with the upgrade; checked already. Empty where another worker has checked it. */
  readonly accessToken: string;
}

/** Why there is no upgrade, with the status and header lines of the answer. */
export interface UpgradeRefusal {
  readonly status: 'refused';
  readonly httpStatus: number;
  readonly error: AccessError;
  readonly headers: readonly string[];
}

type GateOptions = Pick<
  TunnelEndpointOptions,
  'relayUrl' | 'authenticator' | 'inForce' | 'audit' | 'locks' | 'log' | 'overload' | 'peers'
>;

/** The gates before the upgrade, in the order of the methods; each refusal has its own status, and the endpoint sends it. */
export class TunnelGates {
  readonly #options: GateOptions;
  readonly #registry: TunnelRegistry;
  readonly #handshakes = new HandshakeRate();
  readonly #begunAtMs = new WeakMap<IncomingMessage, number>();

  constructor(options: GateOptions, registry: TunnelRegistry) {
    this.#options = options;
    this.#registry = registry;
  }

  /** What can be refused before anybody is asked who it is, cheapest first; null when nothing is. */
  refusesRequest(request: IncomingMessage, isDraining: boolean): UpgradeRefusal | null {
    const { url, method, headers } = request;
    const { limits, clients } = this.#options.inForce();
    if (isDraining) return refusal(503, reasonedError('relay-draining', reason('relay-stopping')), 1);
    if (url !== tunnelPath || method !== 'GET') {
      return refusal(404, reasonedError('bad-request', reason('tunnel-by-get', { path: tunnelPath })));
    }
    // With one still to come, Node gives something else than the connection (RFC 6455 §4.1 has none).
    if ((headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined) {
      return refusal(400, reasonedError('bad-request', reason('tunnel-without-body')));
    }
    if (headers.origin !== undefined) {
      return refusal(403, reasonedError('origin-not-allowed', reason('no-tunnel-of-pages')));
    }
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(tunnelProtocol)) {
      return refusal(426, reasonedError('client-too-old', reason('protocol', { protocol: tunnelProtocol })));
    }
    // Older clients say it only once they have a tunnel.
    const version = headers[clientVersionHeader];
    const tooOld = typeof version === 'string' ? refusesVersion(clients, version) : null;
    if (tooOld !== null) return refusal(426, tooOld, 60);
    if (this.#registry.connections >= limits.max_tunnels * connectionsPerTunnel) return full();
    const noRoom = this.#options.overload.refusesTunnel();
    if (noRoom !== null) return refusal(503, reasonedError('overloaded', noRoom), 10);
    const nowMs = performance.now();
    if (!this.#handshakes.take(nowMs, limits.max_handshakes_per_second)) {
      const seconds = 1 + Math.floor(Math.random() * 5);
      return refusal(503, reasonedError('overloaded', reason('handshakes')), seconds);
    }
    this.#begunAtMs.set(request, nowMs);
    this.#options.log.debug({ begunAtMs: nowMs }, 'tunnel handshake');
    return null;
  }

  /** The request was refused further on: strangers must not use up the handshakes of those who may have a tunnel. */
  giveBack(request: IncomingMessage): void {
    const begunAtMs = this.#begunAtMs.get(request);
    if (begunAtMs !== undefined) this.#handshakes.giveBack(begunAtMs);
  }

  /** Refuses locked addresses, then authenticates the caller; each refusal of a token is on record by then. */
  async identify(
    request: IncomingMessage,
  ): Promise<{ readonly status: 'ok'; readonly caller: TunnelCaller } | UpgradeRefusal> {
    const { relayUrl, authenticator, audit, locks, inForce } = this.#options;
    const remoteAddress = callerAddress(request);
    const credentials = readCredentials(request, new URL(tunnelPath, relayUrl).href);
    const lock = locks?.ofAddress(remoteAddress) ?? null;
    if (lock !== null) {
      const from = { remoteAddress, token: credentials?.token ?? null };
      const refused = await refuseLockedAddress(lock, from, { audit, disclose: inForce().disclose });
      return refusal(refused.httpStatus, refused.error, refused.retryAfterSeconds ?? undefined);
    }
    const verdict = await authenticateCaller(credentials, remoteAddress, authenticator, audit);
    if (verdict.status === 'refused') {
      if (verdict.error.code === 'internal') throw verdict.error;
      return notAuthenticated(verdict);
    }
    return {
      status: 'ok',
      caller: { identity: verdict.identity, remoteAddress, accessToken: credentials?.token ?? '' },
    };
  }

  /** Whether a person may have one more connection. With other workers, it is counted among all of theirs. */
  connect(person: string): ConnectVerdict | Promise<ConnectVerdict> {
    const { peers } = this.#options;
    if (peers !== undefined) return peers.connect(person);
    const { limits } = this.#options.inForce();
    const most = limits.max_tunnels_per_user * connectionsPerTunnel;
    return this.#registry.connectionsOf(person) >= most ? 'full-for-person' : 'ok';
  }

  /** The refusal for what {@link connect} says. */
  noPlace(verdict: Exclude<ConnectVerdict, 'ok'>): UpgradeRefusal {
    if (verdict === 'full') return full();
    const most = this.#options.inForce().limits.max_tunnels_per_user;
    return refusal(429, reasonedError('overloaded', reason('tunnels-of-person', { most })), 60);
  }
}

function refusal(httpStatus: number, error: AccessError, retryAfterSeconds?: number): UpgradeRefusal {
  const headers = retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`];
  return { status: 'refused', httpStatus, error, headers };
}

function full(): UpgradeRefusal {
  return refusal(503, reasonedError('overloaded', reason('tunnels-full')), 10);
}

function notAuthenticated(verdict: Extract<CallerVerdict, { status: 'refused' }>): UpgradeRefusal {
  const { error, httpStatus } = verdict;
  const headers = Object.entries(refusedCallerHeaders(verdict)).map(([name, value]) => `${name}: ${value}`);
  return { status: 'refused', httpStatus, error, headers };
}
