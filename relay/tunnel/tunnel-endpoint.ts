import { reason } from '../../shared/reason.ts';
import { type Emergency, isInvitation } from '../../shared/emergency.ts';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { personKey } from '../identity/person-key.ts';
import { refusalDocument } from '../../shared/problem-document.ts';
import { closeCode, tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import { rawProblem } from '../http/problem-response.ts';
import type { Identity, ProviderLogout } from '../identity/identity.ts';
import { serveWebSocket } from './serve-web-socket.ts';
import { SessionLife } from './session-life.ts';
import { SessionRechecks } from './session-rechecks.ts';
import { placeNeeded, TunnelBeginnings } from './tunnel-beginnings.ts';
import type { TunnelEndpointOptions } from './tunnel-endpoint-options.ts';
import { type TunnelCaller, TunnelGates, type UpgradeRefusal } from './tunnel-gates.ts';
import type { TunnelPeers } from './tunnel-peers.ts';
import { TunnelRegistry } from './tunnel-registry.ts';
import type { TunnelSession } from './tunnel-session.ts';

const checkEveryMs = 1000;
/** A relay that drains stops after this much silence of its clients: requests may be on their way to it. */
const quietMs = 1500;
/** Clients that have found no other relay by then send on and on. */
const longestUnquietMs = 10_000;

/** Takes tunnels: authenticates before the upgrade, keeps the sessions, and ends them. */
export class TunnelEndpoint {
  readonly #options: TunnelEndpointOptions;
  readonly #registry: TunnelRegistry;
  readonly #peers: TunnelPeers | undefined;
  readonly #gates: TunnelGates;
  readonly #life: SessionLife;
  readonly #beginnings: TunnelBeginnings;
  readonly #server: WebSocketServer;
  readonly #ticker: NodeJS.Timeout;
  readonly #rechecks: SessionRechecks<TunnelSession>;
  #draining = false;
  /** Which drain is under way. */
  #drainRun = 0;

  constructor(options: TunnelEndpointOptions) {
    this.#options = options;
    this.#peers = options.peers;
    this.#registry = new TunnelRegistry(options.peers?.tokenPrefix);
    this.#gates = new TunnelGates(options, this.#registry);
    this.#life = new SessionLife(options, this.#registry);
    this.#beginnings = new TunnelBeginnings(options, this.#registry, this.#life);
    this.#rechecks = new SessionRechecks(options.authenticator);
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.inForce().limits.max_message_bytes,
      // Our clients never fragment; intermediaries may (RFC 6455 §5.4).
      maxFragments: 1024,
      autoPong: false,
      handleProtocols: () => tunnelProtocol,
    });
    this.#ticker = setInterval(() => {
      const now = Date.now();
      for (const link of this.#registry.all()) {
        link.check(now);
        this.#rechecks.check(link.session, now, () => this.#life.endAtProvider(link, reason('ended-by-provider')));
      }
    }, checkEveryMs);
  }

  get tunnels(): number {
    return this.#registry.size;
  }

  /** Streams open in all tunnels. */
  get streams(): number {
    let streams = 0;
    for (const link of this.#registry.all()) streams += link.multiplexer.openStreams;
    return streams;
  }

  /** Opens a WebSocket to whoever passes the gates. `onAccepted` comes after the last one. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, onAccepted: () => void): Promise<void> {
    socket.on('error', () => socket.destroy());
    const refused = this.#gates.refusesRequest(request, this.#draining);
    if (refused !== null) {
      this.#refuse(socket, refused);
      return;
    }
    const identified = await this.#gates.identify(request);
    if (identified.status === 'refused') this.#gates.giveBack(request);
    if (socket.destroyed) return;
    if (identified.status === 'refused') {
      this.#refuse(socket, identified);
      return;
    }
    const { caller } = identified;
    const person = personKey(caller.identity);
    // Without a pause where none is needed: two upgrades at once must not both get the last place.
    const connecting = this.#gates.connect(person);
    const connected = typeof connecting === 'string' ? connecting : await connecting;
    if (connected !== 'ok') {
      this.#gates.giveBack(request);
      this.#refuse(socket, this.#gates.noPlace(connected));
      return;
    }
    if (socket.destroyed) {
      this.#peers?.didDisconnect(person);
      return;
    }
    this.#options.watch?.handshake('accepted');
    onAccepted();
    let isServed = false;
    socket.once('close', () => {
      if (!isServed) this.#peers?.didDisconnect(person);
    });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      isServed = true;
      webSocket.once('close', () => this.#peers?.didDisconnect(person));
      this.#serve(webSocket, caller);
    });
  }

  /**
   * Takes a client that another worker has authenticated and handed over, because its tunnel is here; its next message
   * is the RESUME. Says whether the tunnel is.
   */
  takeOver(socket: WebSocket, resumeToken: string, identity: Identity, remoteAddress: string): boolean {
    const link = this.#registry.linkOf(resumeToken);
    if (link === null || link.ended || this.#draining) return false;
    this.#serve(socket, { identity, remoteAddress, accessToken: '' });
    return true;
  }

  #refuse(socket: Duplex, refusal: UpgradeRefusal): void {
    this.#options.watch?.handshake(refusal.error.code);
    refuse(socket, refusal);
  }

  #serve(socket: WebSocket, caller: TunnelCaller): void {
    const parts = { registry: this.#registry, beginnings: this.#beginnings, life: this.#life };
    serveWebSocket(socket, caller, { options: this.#options, ...parts });
  }

  /** Ends the tunnels of those whom a provider has signed out: of one of its sessions, or all of a person. */
  endByProvider({ issuer, subject, sid }: ProviderLogout): void {
    for (const link of this.#registry.all()) {
      const { identity } = link.session;
      if (identity.issuer !== issuer) continue;
      // A session that doesn't know its name at the provider ends with the person's others.
      const isNamed = sid !== undefined && identity.providerSessionId !== undefined;
      if (isNamed ? identity.providerSessionId === sid : identity.subject === subject)
        this.#life.endAtProvider(link, reason('signed-out-at', { provider: identity.issuerName }));
    }
  }

  /** A person’s session was opened at another worker: the others of the person are told. */
  didOpenSession(person: string, session: string): void {
    this.#life.tellOthers(person, session);
  }

  /** Ends the tunnels whose sign-in was ended, here or at another relay. */
  endRevoked(): void {
    for (const link of this.#registry.all()) this.#life.endIfRevoked(link);
  }

  /** Locks began or ended: what they forbid ends, and catalogs show it. */
  locksChanged(): void {
    for (const link of this.#registry.all()) if (!this.#life.applyLocks(link)) this.#life.showLocks(link.session);
  }

  /** Requests for access came, were decided or are over: the windows of those whom that concerns ask again. */
  requestsChanged(concerns: (identity: Identity) => boolean): void {
    for (const { session } of this.#registry.all()) {
      if (session.device === null || session.identity.kind === 'service' || !concerns(session.identity)) continue;
      session.send({ type: 'activity', entries: [], leftOut: {}, requestsChanged: true });
    }
  }

  /** An account of the relay’s own has signed in, or somebody was invited to one: the apps of those who are to know are told. */
  didHearEmergency(emergency: Emergency, isTold: (identity: Identity) => boolean): void {
    // Apps of before know sign-ins alone.
    const news = isInvitation(emergency) ? { emergencyInvitation: emergency } : { emergencySignIn: emergency };
    for (const { session } of this.#registry.all()) {
      if (session.device === null || !isTold(session.identity)) continue;
      session.send({ type: 'activity', entries: [], leftOut: {}, ...news });
    }
  }

  /** Ends all tunnels but some, because the relay can no longer say whether it may have them; their clients try again. */
  endAll(detail: string, isSpared: (identity: Identity) => boolean = () => false): void {
    for (const link of this.#registry.all()) {
      if (isSpared(link.session.identity)) continue;
      link.sayGoodbye({ reason: 'drain', detail, graceMs: 0 });
      link.end(closeCode.draining, detail);
    }
  }

  /** Ends a tunnel whose client is away because its place is needed; false when it is back, or gone already. */
  endLost(sessionId: string): boolean {
    const link = this.#registry.bySession(sessionId);
    if (link === undefined || link.lostAtMs === null) return false;
    link.end(closeCode.normal, placeNeeded);
    return true;
  }

  /** The policy changed: everybody's catalog is pushed, and what it now forbids ends. */
  policyChanged(): void {
    for (const link of this.#registry.all()) if (!this.#life.endIfTooOld(link)) this.#life.applyPolicy(link.session);
  }

  /**
   * Takes no more tunnels, tells the open ones, and resolves when no request is under way and none seems to be on its way,
   * or the time is over. What {@link undrain} takes back meanwhile stays open.
   */
  async drain(timeoutMs: number, detail = 'The relay is restarting.'): Promise<void> {
    this.#draining = true;
    const run = (this.#drainRun += 1);
    for (const link of this.#registry.all()) {
      link.sayGoodbye({ reason: 'drain', detail, graceMs: timeoutMs });
    }
    const beganAtMs = Date.now();
    let heardAtMs = beganAtMs;
    let received = this.#received();
    for (let nowMs = beganAtMs; nowMs - beganAtMs < timeoutMs; nowMs = Date.now()) {
      const isBusy = this.#busy();
      const receivedBefore = received;
      received = this.#received();
      if (isBusy || received !== receivedBefore) heardAtMs = nowMs;
      const isUnquiet = nowMs - heardAtMs < quietMs && nowMs - beganAtMs < longestUnquietMs;
      if (!isBusy && (this.#registry.size === 0 || !isUnquiet)) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (run !== this.#drainRun) return;
    }
    for (const link of this.#registry.all()) link.end(closeCode.draining, detail);
  }

  /** Takes tunnels again. */
  undrain(): void {
    this.#drainRun += 1;
    this.#draining = false;
  }

  /** Connections between two requests don't count: their client takes them along to the next tunnel. */
  #busy(): boolean {
    for (const { session } of this.#registry.all()) if (session.exchanges.size > 0) return true;
    return false;
  }

  /** Bytes of frames that matter, of all tunnels. */
  #received(): number {
    let received = 0;
    for (const { multiplexer } of this.#registry.all()) received += multiplexer.received;
    return received;
  }

  close(): void {
    clearInterval(this.#ticker);
    for (const link of this.#registry.all()) link.end(closeCode.draining, 'The relay is stopping.');
    this.#server.close();
  }
}

function refuse(socket: Duplex, { error, httpStatus, headers }: UpgradeRefusal): void {
  const problem = refusalDocument(error, httpStatus);
  socket.end(rawProblem(problem, STATUS_CODES[httpStatus] ?? '', headers));
}
