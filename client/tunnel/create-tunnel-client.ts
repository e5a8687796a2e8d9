import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { AccessError, type ErrorCode, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import type { TunnelState } from '../../shared/snapshot.ts';
import type { ListenerDescription, RelayControl } from '../../shared/tunnel/control-message.ts';
import { closeCode } from '../../shared/tunnel/protocol.ts';
import { tunnelPath } from '../../shared/discovery-document.ts';
import { describeNetwork, isOffline, type NetworkPlace } from '../network/describe-network.ts';
import { Attempts } from './attempts.ts';
import { DialRefused, dialRelay } from './dial.ts';
import type { LocalRefusal } from './local-answer.ts';
import { LocalConnections } from './local-connections.ts';
import { Renewal } from './renewal.ts';
import { SessionsInUse } from './sessions-in-use.ts';
import type { TunnelClient, TunnelClientOptions } from './tunnel-client.ts';
import { defaultWaitMs } from './wait-setting.ts';
import { type SessionControl, type SessionEvents, TunnelSession } from './tunnel-session.ts';
import { text } from '../../shared/messages/text.ts';
import { saidByRelay } from '../../shared/reason-text.ts';

const tickMs = 1000;
const outOfReach = new Set<ErrorCode>(['relay-unreachable', 'idp-unreachable', 'tunnel-down']);
/** Refusals that only the person can lift; anything else is tried again. */
const needsPerson = new Set(['token-rejected', 'sign-in-expired', 'session-revoked', 'clock-skew', 'no-groups']);

/** Makes the tunnel of one profile; it dials when `open` is called and stays up until `close`. */
export function createTunnelClient(options: TunnelClientOptions): TunnelClient {
  return new ReconnectingTunnel(options);
}

class ReconnectingTunnel implements TunnelClient {
  readonly #options: TunnelClientOptions;
  readonly #connections: LocalConnections;
  readonly #sessions = new SessionsInUse();
  readonly #attempts: Attempts;
  readonly #renewal: Renewal;
  #listeners: readonly ListenerDescription[] = [];
  #state: TunnelState = { status: 'closed' };
  #dialing: AbortController | null = null;
  #ticker: NodeJS.Timeout | undefined;
  #lastTickMs = 0;
  #network: NetworkPlace;
  #wanted = false;

  constructor(options: TunnelClientOptions) {
    this.#options = options;
    this.#network = this.#lookAround();
    this.#attempts = new Attempts(() => this.#dial(), options.backoff);
    this.#renewal = new Renewal((nonce) => {
      const url = new URL(tunnelPath, options.relayUrl).href;
      return options.tokens.present({ method: 'GET', url, ...(nonce === undefined ? {} : { nonce }) });
    });
    this.#connections = new LocalConnections({
      waitMs: options.waitForTunnelMs ?? defaultWaitMs,
      onWaiting: (waiting) => {
        const state = this.#state;
        if (state.status === 'connecting' || state.status === 'reconnecting') this.#setState({ ...state, waiting });
      },
      take: (socket, listenerId) => this.carry(socket, listenerId),
      isCallerThere: options.isCallerThere ?? null,
      comesBack: () => this.#wanted,
    });
  }

  open(): void {
    if (this.#wanted) {
      this.checkNow();
      return;
    }
    this.#wanted = true;
    this.#attempts.startOver();
    this.#lastTickMs = Date.now();
    this.#ticker = setInterval(() => this.#tick(), tickMs);
    this.#dial();
  }

  setListeners(listeners: readonly ListenerDescription[]): void {
    this.#listeners = listeners;
    for (const session of this.#sessions.all()) {
      if (session.open) session.sendListeners(listeners);
    }
  }

  carry(socket: Socket, listenerId: number): void {
    const session = this.#sessions.usable();
    if (session !== null) this.#connections.carry(session, socket, listenerId);
    else {
      this.#connections.wait(socket, listenerId, () => this.#options.why?.() ?? this.#whyDown());
      if (this.#attempts.hurry()) this.#didReschedule();
    }
  }

  async renew(): Promise<void> {
    const { present, retiring } = this.#sessions;
    if (present?.open === true) await this.#renewal.renew(present, retiring);
  }

  checkNow(): void {
    this.#sessions.present?.check(Date.now(), true);
    if (this.#attempts.isScheduled) {
      this.#attempts.startOver();
      this.#dial();
    }
  }

  #lookAround(): NetworkPlace {
    return (this.#options.network ?? describeNetwork)();
  }

  /** Somebody waits for the tunnel: streams that may still be taken up again, or new local connections. */
  #isAwaited(): boolean {
    return this.#connections.waiting > 0 || (this.#sessions.present?.multiplexer.openStreams ?? 0) > 0;
  }

  #didReschedule(): void {
    if (this.#state.status !== 'reconnecting') return;
    this.#setState({ ...this.#state, nextAttemptAtMs: this.#attempts.nextAtMs });
  }

  /** The link may be dead, and another may be there: asks the one at once, and tries the other anew. */
  #networkChanged(network: NetworkPlace, now: number): void {
    this.#network = network;
    for (const session of this.#sessions.all()) {
      session.leaveGoneAddress(network.addresses);
      session.check(now, true);
    }
    this.#attempts.startOver();
    if (!this.#attempts.isScheduled && this.#dialing === null) return;
    // What is being dialed goes out over the network that was.
    this.#dialing?.abort();
    this.#dialing = null;
    this.#attempts.scheduleFirst();
    this.#didReschedule();
  }

  openStreams(listenerId: number): number {
    return this.#connections.openStreams(listenerId);
  }

  async close(): Promise<void> {
    await Promise.all(this.#stop({ code: 'tunnel-down', detail: text('failure.tunnel-closed') }).map(closeOrderly));
  }

  #setState(state: TunnelState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #whyDown(): LocalRefusal {
    if (this.#state.status === 'reconnecting') return this.#state.problem;
    return { code: 'tunnel-down', detail: text('failure.tunnel-not-up') };
  }

  /** One attempt; failures end in `#retryLater` or `#needPerson`. */
  #dial(): void {
    this.#attempts.cancel();
    if (this.#dialing !== null) return;
    const dialing = new AbortController();
    this.#dialing = dialing;
    if (this.#state.status === 'closed') this.#setState({ status: 'connecting' });
    const { relayUrl, tokens, device, ca, clientCertificate, proxies, judgeFailure, pins } = this.#options;
    dialRelay({
      relayUrl,
      tokens,
      appVersion: device.appVersion,
      ...(pins === undefined ? {} : { pins: pins() }),
      signal: dialing.signal,
      ...(ca === undefined ? {} : { ca }),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
      ...(proxies === undefined ? {} : { proxies }),
      ...(judgeFailure === undefined ? {} : { judgeFailure }),
    }).then(
      (socket) => {
        if (this.#dialing === dialing) this.#dialing = null;
        if (dialing.signal.aborted) socket.terminate();
        else this.#begin(socket);
      },
      (error: unknown) => {
        if (this.#dialing === dialing) this.#dialing = null;
        if (!dialing.signal.aborted) this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    const problem = this.#told(error);
    if (needsPerson.has(problem.code)) this.#needPerson(problem);
    else this.#retryLater(problem, error instanceof DialRefused ? error.retryAfterMs : null);
  }

  /** Nobody that is far away is to blame while nothing leads out of this computer. */
  #told(error: unknown): UserProblem {
    const problem = toUserProblem(error, Date.now());
    const isFar = !isLoopbackHost(new URL(this.#options.relayUrl).hostname);
    if (!isFar || !outOfReach.has(problem.code) || !isOffline(this.#lookAround())) return problem;
    const offline = new AccessError('no-network', text('failure.no-network'), { cause: error });
    return toUserProblem(offline, problem.atMs);
  }

  #needPerson(problem: UserProblem): void {
    for (const socket of this.#stop(problem)) void closeOrderly(socket);
    this.#options.onSignInNeeded(problem);
  }

  #retryLater(problem: UserProblem, retryAfterMs: number | null): void {
    if (!this.#wanted) return;
    const now = Date.now();
    const delayMs = this.#attempts.didFail(now, retryAfterMs, this.#isAwaited());
    const sinceMs = this.#state.status === 'reconnecting' ? this.#state.sinceMs : now;
    if (this.#sessions.usable() === null) {
      this.#setState({
        status: 'reconnecting',
        sinceMs,
        attempt: this.#attempts.failed,
        nextAttemptAtMs: now + delayMs,
        problem,
        waiting: this.#connections.waiting,
      });
    }
    this.#attempts.schedule(delayMs);
  }

  /** The WebSocket is open: take the old session up again, or begin a new one. */
  #begin(socket: WebSocket): void {
    socket.on('error', () => socket.terminate());
    const { present } = this.#sessions;
    if (present?.resume(socket) === true) return;
    present?.abandon(text('failure.cant-resume'));
    this.#introduce(socket);
  }

  #introduce(socket: WebSocket): void {
    const session = new TunnelSession(this.#options.device, () => this.#listeners, this.#sessionEvents);
    this.#sessions.present = session;
    session.introduce(socket);
  }

  readonly #sessionEvents: SessionEvents = {
    onOpen: (sessionId) => this.#opened(sessionId),
    onCatalog: (_session, catalog) => this.#options.onCatalog(catalog),
    onControl: (session, message) => this.#onControl(session, message),
    onLost: (session, code, fault) => this.#onLost(session, code, fault),
    onRefused: (_session, socket) => this.#introduce(socket),
    onRoundTrip: (session, roundTripMs) => {
      if (session === this.#sessions.present && this.#state.status === 'open')
        this.#setState({ ...this.#state, roundTripMs });
    },
  };

  #opened(sessionId: string): void {
    const now = Date.now();
    this.#attempts.didOpen(now);
    this.#setState({ status: 'open', sinceMs: now, sessionId, roundTripMs: null });
    // A request that is sent to a relay in its last moment has no certain outcome.
    for (const retiring of this.#sessions.retiring) this.#connections.leave(retiring);
    this.#connections.admit();
  }

  #onControl(session: TunnelSession, message: SessionControl): void {
    switch (message.type) {
      case 'activity':
        this.#options.onActivity(message.entries, message.leftOut);
        if (message.sessionsChanged === true) this.#options.onSessionsChanged?.();
        if (message.requestsChanged === true) this.#options.onRequestsChanged?.();
        for (const emergency of [message.emergencySignIn, message.emergencyInvitation])
          if (emergency !== undefined) this.#options.onEmergency?.(emergency);
        return;
      case 'renewed':
        if (session === this.#sessions.present) this.#renewal.didRenew();
        return;
      case 'renewal-refused':
        if (session === this.#sessions.present) this.#renewal.didRefuse(session, message);
        return;
      case 'goaway':
        this.#onGoaway(session, message);
    }
  }

  #onGoaway(session: TunnelSession, message: Extract<RelayControl, { type: 'goaway' }>): void {
    switch (message.reason) {
      case 'drain':
        // Streams finish where they are, new ones go to whichever relay answers next.
        if (session !== this.#sessions.present) return;
        this.#sessions.retire(session);
        if (this.#state.status === 'open') this.#setState({ ...this.#state, draining: true });
        this.#dial();
        return;
      case 'session-expired':
      case 'session-revoked': {
        const code = message.reason === 'session-expired' ? 'sign-in-expired' : 'session-revoked';
        const said = saidByRelay(message.detail, message.reasons);
        this.#needPerson(toUserProblem(new AccessError(code, said, { atMs: message.atMs }), Date.now()));
        return;
      }
      case 'protocol-error':
    }
  }

  #onLost(session: TunnelSession, code: number, fault: string | null): void {
    if (this.#sessions.retiring.delete(session)) {
      session.abandon(text('failure.relay-stopped'));
      if (this.#sessions.present !== null || this.#dialing !== null) return;
    } else if (session !== this.#sessions.present) {
      return;
    }
    this.#renewal.didLose(text('failure.broke-in-renewal'));
    if (!this.#wanted) return;
    this.#retryLater(this.#told(this.#whyLost(code, fault)), null);
  }

  #whyLost(code: number, fault: string | null): AccessError {
    switch (code) {
      case closeCode.draining:
        return new AccessError('relay-draining', text('failure.restarting'));
      case closeCode.clientTooOld:
        // What is needed, and where it is, stands in the answer to the next attempt.
        return new AccessError('client-too-old', text('failure.version', { version: this.#options.device.appVersion }));
      default: {
        const { host } = new URL(this.#options.relayUrl);
        return new AccessError('tunnel-down', text('failure.link', { host, why: String(fault ?? code) }));
      }
    }
  }

  /** Ends everything; returns the WebSockets that are still to be closed. */
  #stop(why: LocalRefusal): WebSocket[] {
    this.#wanted = false;
    clearInterval(this.#ticker);
    this.#attempts.cancel();
    this.#dialing?.abort();
    this.#dialing = null;
    const sockets = this.#sessions.abandonAll(why.detail);
    this.#connections.close(why);
    this.#renewal.didLose(why.detail);
    if (this.#state.status !== 'closed') this.#setState({ status: 'closed' });
    return sockets;
  }

  #tick(): void {
    const now = Date.now();
    const slept = now - this.#lastTickMs > tickMs * 4;
    this.#lastTickMs = now;
    for (const socket of this.#sessions.checkRetiring(now)) void closeOrderly(socket);
    this.#sessions.dropBeyondGrace(now);
    const network = this.#lookAround();
    if (network.fingerprint !== this.#network.fingerprint) this.#networkChanged(network, now);
    if (slept) this.checkNow();
    else this.#sessions.present?.check(now, false);
  }
}

async function closeOrderly(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.close(closeCode.normal);
  const timer = setTimeout(() => socket.terminate(), 1000);
  await closed;
  clearTimeout(timer);
}
