import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Catalog } from '../../shared/catalog.ts';
import { tunnelPath } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { problemDocument } from '../../shared/problem-document.ts';
import { type ClientControl, clientControlSchema, resumeSchema } from '../../shared/tunnel/control-message.ts';
import { ProtocolError } from '../../shared/tunnel/frame-codec.ts';
import { closeCode, frameType, resetCode, tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import { decodeResumption, encodeResumption } from '../../shared/tunnel/resumption.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import { rawProblem } from '../http/problem-response.ts';
import { readCredentials } from '../http/read-credentials.ts';
import { authenticateCaller } from '../identity/authenticate-caller.ts';
import type { Authenticator, Identity, ProviderLogout } from '../identity/identity.ts';
import type { RevokedBy } from '../identity/revocations.ts';
import type { PolicyInForce } from '../pipeline.ts';
import type { ActiveGrant, PolicyContext } from '../policy/decision.ts';
import { HandshakeRate } from './handshake-rate.ts';
import type { Overload } from './overload.ts';
import { SessionRechecks } from './session-rechecks.ts';
import { type OnStream, StreamSocket } from './stream-socket.ts';
import { closeSoon, personOf, TunnelLink } from './tunnel-link.ts';
import type { ConnectVerdict, ReturningClient, TunnelPeers } from './tunnel-peers.ts';
import { TunnelRegistry } from './tunnel-registry.ts';
import { TunnelSession } from './tunnel-session.ts';

const checkEveryMs = 1000;
/** A WebSocket that is to resume a tunnel may overlap with the one that is lost, so there may be twice as many. */
const connectionsPerTunnel = 2;
/** The relay itself failed (RFC 6455 §7.4.1). */
const internalError = 1011;
const placeNeeded = 'The link was lost, and its place was needed.';

export interface TunnelEndpointOptions {
  /** Public address of the relay, for DPoP proofs. */
  readonly relayUrl: string;
  readonly authenticator: Authenticator;
  readonly inForce: () => PolicyInForce;
  /** Grants of a person, also ended ones. */
  readonly grantsOf?: (identity: Identity) => readonly ActiveGrant[];
  /** Adds what is left of quotas; the same object when there are none. */
  readonly withQuotas?: (catalog: Catalog, identity: Identity) => Promise<Catalog>;
  /** Who ended the sign-in before its time; null when nobody did. */
  readonly revokedBy?: (identity: Identity) => RevokedBy | null;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Refuses what the relay has no room for. */
  readonly overload: Overload;
  /** A local connection has arrived: its HTTP is to be parsed. */
  readonly onStream: OnStream;
  /** The relay's other workers; left out in a relay of one process. */
  readonly peers?: TunnelPeers;
}

/** Takes tunnels: authenticates before the upgrade, keeps the sessions, and ends them. */
export class TunnelEndpoint {
  readonly #options: TunnelEndpointOptions;
  readonly #registry: TunnelRegistry;
  readonly #peers: TunnelPeers | undefined;
  readonly #handshakes = new HandshakeRate();
  readonly #server: WebSocketServer;
  readonly #ticker: NodeJS.Timeout;
  readonly #rechecks: SessionRechecks<TunnelSession>;
  #draining = false;

  constructor(options: TunnelEndpointOptions) {
    this.#options = options;
    this.#peers = options.peers;
    this.#registry = new TunnelRegistry(options.peers?.tokenPrefix);
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
        this.#rechecks.check(link.session, now, () =>
          this.#revoke(link, 'The identity provider has ended the sign-in.'),
        );
      }
    }, checkEveryMs);
  }

  /** Ends the tunnels of those whom a provider has signed out: of one of its sessions, or all of a person. */
  endByProvider({ issuer, subject, sid }: ProviderLogout): void {
    for (const link of this.#registry.all()) {
      const { identity } = link.session;
      if (identity.issuer !== issuer) continue;
      // A session that doesn't know its name at the provider ends with the person's others.
      const isNamed = sid !== undefined && identity.providerSessionId !== undefined;
      if (isNamed ? identity.providerSessionId === sid : identity.subject === subject)
        this.#revoke(link, `You have been signed out at ${identity.issuerName}.`);
    }
  }

  /** Ends the tunnels whose sign-in was ended, here or at another relay. */
  endRevoked(): void {
    for (const link of this.#registry.all()) this.#endIfRevoked(link);
  }

  /** Ends all tunnels, because the relay can no longer say whether it may have them; their clients try again. */
  endAll(detail: string): void {
    for (const link of this.#registry.all()) {
      link.sayGoodbye({ reason: 'drain', detail, graceMs: 0 });
      link.end(closeCode.draining, detail);
    }
  }

  #endIfRevoked(link: TunnelLink): boolean {
    const { identity } = link.session;
    const by = this.#options.revokedBy?.(identity) ?? null;
    if (by === 'administrator') this.#revoke(link, 'An administrator has ended your sign-in.');
    else if (by === 'provider') this.#revoke(link, `You have been signed out at ${identity.issuerName}.`);
    return by !== null;
  }

  #revoke(link: TunnelLink, detail: string): void {
    link.sayGoodbye({ reason: 'session-revoked', detail, graceMs: 0 });
    link.end(closeCode.sessionRevoked, detail);
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

  /** Gates of the upgrade, cheapest first; each refusal has its own status. `onAccepted` comes after the last one. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, onAccepted: () => void): Promise<void> {
    const { limits } = this.#options.inForce();
    socket.on('error', () => socket.destroy());
    if (this.#draining) {
      refuse(socket, new AccessError('relay-draining', 'This relay is shutting down.'), 503, 'Service Unavailable', [
        'Retry-After: 1',
      ]);
      return;
    }
    if (request.url !== tunnelPath || request.method !== 'GET') {
      refuse(socket, new AccessError('bad-request', `Tunnels are opened with GET ${tunnelPath}.`), 404, 'Not Found');
      return;
    }
    if (request.headers.origin !== undefined) {
      refuse(socket, new AccessError('origin-not-allowed', 'Web pages can’t open tunnels.'), 403, 'Forbidden');
      return;
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(tunnelProtocol)) {
      refuse(
        socket,
        new AccessError('client-too-old', `This relay speaks ${tunnelProtocol}.`),
        426,
        'Upgrade Required',
      );
      return;
    }
    if (this.#registry.connections >= limits.max_tunnels * connectionsPerTunnel) {
      refuse(
        socket,
        new AccessError('overloaded', 'This relay has all the tunnels it can take.'),
        503,
        'Service Unavailable',
        ['Retry-After: 10'],
      );
      return;
    }
    const noRoom = this.#options.overload.refusesTunnel();
    if (noRoom !== null) {
      refuse(socket, new AccessError('overloaded', noRoom), 503, 'Service Unavailable', ['Retry-After: 10']);
      return;
    }
    if (!this.#handshakes.take(Date.now(), limits.max_handshakes_per_second)) {
      const seconds = 1 + Math.floor(Math.random() * 5);
      refuse(
        socket,
        new AccessError('overloaded', 'Too many tunnels are being opened at once.'),
        503,
        'Service Unavailable',
        [`Retry-After: ${seconds}`],
      );
      return;
    }
    const remoteAddress = request.socket.remoteAddress ?? '';
    const url = new URL(tunnelPath, this.#options.relayUrl).href;
    const credentials = readCredentials(request, url);
    const verdict = await authenticateCaller(
      credentials,
      remoteAddress,
      this.#options.authenticator,
      this.#options.audit,
    );
    if (socket.destroyed) return;
    if (verdict.status === 'refused') {
      const unauthorized = verdict.httpStatus === 401;
      refuse(
        socket,
        verdict.error,
        verdict.httpStatus,
        unauthorized ? 'Unauthorized' : 'Service Unavailable',
        verdict.dpopNonce !== undefined
          ? ['WWW-Authenticate: DPoP error="use_dpop_nonce"', `DPoP-Nonce: ${verdict.dpopNonce}`]
          : unauthorized
            ? ['WWW-Authenticate: Bearer error="invalid_token"', 'WWW-Authenticate: DPoP error="invalid_token"']
            : ['Retry-After: 5'],
      );
      return;
    }
    const person = personOf(verdict.identity);
    // Without a pause where none is needed: two upgrades at once must not both get the last place.
    const connecting = this.#connect(person);
    const connected = typeof connecting === 'string' ? connecting : await connecting;
    if (connected !== 'ok') {
      const ofPerson = connected === 'full-for-person';
      const words = ofPerson
        ? `At most ${limits.max_tunnels_per_user} tunnels of one person are allowed, and you have more connections.`
        : 'This relay has all the tunnels it can take.';
      refuse(
        socket,
        new AccessError('overloaded', words),
        ofPerson ? 429 : 503,
        ofPerson ? 'Too Many Requests' : 'Service Unavailable',
        [`Retry-After: ${ofPerson ? 60 : 10}`],
      );
      return;
    }
    if (socket.destroyed) {
      this.#peers?.didDisconnect(person);
      return;
    }
    onAccepted();
    let isServed = false;
    socket.once('close', () => {
      if (!isServed) this.#peers?.didDisconnect(person);
    });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      isServed = true;
      webSocket.once('close', () => this.#peers?.didDisconnect(person));
      this.#serve(webSocket, verdict.identity, remoteAddress, credentials?.token ?? '');
    });
  }

  /** Whether a person may have one more connection. With other workers, it is counted among all of theirs. */
  #connect(person: string): ConnectVerdict | Promise<ConnectVerdict> {
    if (this.#peers !== undefined) return this.#peers.connect(person);
    const { limits } = this.#options.inForce();
    const most = limits.max_tunnels_per_user * connectionsPerTunnel;
    return this.#registry.connectionsOf(person) >= most ? 'full-for-person' : 'ok';
  }

  /**
   * Takes a client that another worker has authenticated and handed over, because its tunnel is here; its next message
   * is the RESUME. Says whether the tunnel is.
   */
  takeOver(socket: WebSocket, resumeToken: string, identity: Identity, remoteAddress: string): boolean {
    const link = this.#registry.linkOf(resumeToken);
    if (link === null || link.ended || this.#draining) return false;
    this.#serve(socket, identity, remoteAddress, '');
    return true;
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
    for (const { session } of this.#registry.all()) this.#applyPolicy(session);
  }

  /** Takes no more tunnels, tells the open ones, and resolves when no request is under way or the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    for (const link of this.#registry.all()) {
      link.sayGoodbye({ reason: 'drain', detail: 'The relay is restarting.', graceMs: timeoutMs });
    }
    const endAtMs = Date.now() + timeoutMs;
    while (this.#busy() && Date.now() < endAtMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const link of this.#registry.all()) link.end(closeCode.draining, 'The relay is restarting.');
  }

  /** Connections between two requests don't count: their client takes them along to the next tunnel. */
  #busy(): boolean {
    for (const { session } of this.#registry.all()) if (session.exchanges.size > 0) return true;
    return false;
  }

  close(): void {
    clearInterval(this.#ticker);
    for (const link of this.#registry.all()) link.end(closeCode.draining, 'The relay is stopping.');
    this.#server.close();
  }

  #serve(socket: WebSocket, identity: Identity, remoteAddress: string, accessToken: string): void {
    const person = personOf(identity);
    this.#registry.didConnect(person);
    let link: TunnelLink | null = null;
    /** What arrives while other workers are asked; null otherwise. */
    let waiting: Buffer[] | null = null;
    const fail = (code: number, detail: string): void => {
      if (link === null) closeSoon(socket, code);
      else link.end(code, detail);
    };
    const didFail = (error: unknown): void => {
      const sessionId = link?.session.id;
      if (error instanceof ProtocolError) {
        this.#options.log.warn({ reason: error.message, sessionId }, 'tunnel broke the protocol');
        fail(error.closeCode, error.message);
      } else {
        // A fault of the relay in one tunnel must not end the others.
        this.#options.log.error({ err: error, sessionId }, 'a tunnel failed');
        fail(internalError, 'The relay failed.');
      }
    };
    const helloTimer = setTimeout(() => {
      if (link === null || link.session.device === null) fail(closeCode.silent, 'No hello came in time.');
    }, this.#options.inForce().limits.hello_timeout_seconds * 1000);
    const receive = (known: TunnelLink, message: Buffer): void => {
      if (known.ended) return;
      if (known.resumeTokens.length > 1) this.#registry.confirmResumeToken(known);
      known.receive(socket, message, Date.now());
    };
    const askPeers = (peers: TunnelPeers, resumption: Resumption | null, message: Buffer): void => {
      const messages = [message];
      waiting = messages;
      socket.pause();
      const settle = (first: TunnelLink | 'elsewhere' | null): void => {
        waiting = null;
        if (first === 'elsewhere') {
          clearTimeout(helloTimer);
          socket.off('message', onMessage);
        }
        if (first === 'elsewhere' || first === null) return;
        link = first;
        if (this.#endIfRevoked(first)) return;
        socket.resume();
        for (const early of resumption === null ? messages : messages.slice(1)) receive(first, early);
      };
      this.#firstAmongPeers(peers, resumption, identity, { socket, accessToken, remoteAddress, messages })
        .then(settle)
        .catch(didFail);
    };
    const onMessage = (message: Buffer, isBinary: boolean): void => {
      try {
        if (!isBinary) throw new ProtocolError('The tunnel has only binary messages.');
        if (waiting !== null) waiting.push(message);
        else if (link !== null) receive(link, message);
        else {
          const resumption = decodeResumption(message);
          if (this.#peers !== undefined) {
            askPeers(this.#peers, resumption, message);
            return;
          }
          link = this.#first(socket, resumption, identity, remoteAddress);
          // It may have been revoked since the upgrade, before there was a tunnel to end.
          if (this.#endIfRevoked(link)) return;
          if (resumption === null) receive(link, message);
        }
      } catch (error) {
        didFail(error);
      }
    };
    socket.on('message', onMessage);
    // Who doesn't read gets no answer: RFC 6455 §5.5.3 asks for one to the newest ping only.
    socket.on('ping', (data) => {
      if (socket.bufferedAmount === 0) socket.pong(data);
    });
    socket.on('error', () => socket.terminate());
    socket.once('close', (code) => {
      clearTimeout(helloTimer);
      this.#registry.didDisconnect(person);
      if (code === closeCode.normal) link?.left(socket);
      else link?.lost(socket, Date.now());
      if (link !== null && !link.ended && link.lostAtMs !== null) {
        this.#peers?.didLose(link.session.id, link.lostAtMs);
      }
    });
  }

  /** The first message decides whether an old tunnel goes on or a new one begins. */
  #first(socket: WebSocket, resumption: Resumption | null, identity: Identity, remoteAddress: string): TunnelLink {
    if (resumption !== null) {
      const resumed = this.#resume(socket, readResume(resumption), identity, remoteAddress);
      if (resumed !== null) return resumed;
      refuseResumption(socket);
    }
    this.#makeRoom(personOf(identity));
    return this.#begin(socket, randomUUID(), identity, remoteAddress);
  }

  /** The same with other workers: one of them may have the tunnel. Null when the client has left meanwhile. */
  async #firstAmongPeers(
    peers: TunnelPeers,
    resumption: Resumption | null,
    identity: Identity,
    client: Omit<ReturningClient, 'resumeToken'>,
  ): Promise<TunnelLink | 'elsewhere' | null> {
    const { socket, remoteAddress } = client;
    if (resumption !== null) {
      const asked = readResume(resumption);
      if (!peers.isOfPeer(asked.token)) {
        const resumed = this.#resume(socket, asked, identity, remoteAddress);
        if (resumed !== null) return resumed;
      } else if (await peers.handOver({ ...client, resumeToken: asked.token })) return 'elsewhere';
      refuseResumption(socket);
    }
    const sessionId = randomUUID();
    if (!(await peers.open(personOf(identity), sessionId))) throw tooManyTunnels();
    if (socket.readyState === socket.OPEN) return this.#begin(socket, sessionId, identity, remoteAddress);
    peers.didEnd(sessionId);
    return null;
  }

  #begin(socket: WebSocket, sessionId: string, identity: Identity, remoteAddress: string): TunnelLink {
    const now = Date.now();
    const session = new TunnelSession(sessionId, identity, remoteAddress, now, this.#options.overload);
    const { limits } = this.#options.inForce();
    const link = new TunnelLink(session, limits, limits.resume_grace_seconds * 1000, this, now);
    this.#registry.add(link);
    link.attach(socket, now);
    return link;
  }

  /** Ends the tunnel that is away longest when there are too many. @throws ProtocolError when none is away */
  #makeRoom(person: string): void {
    const { limits } = this.#options.inForce();
    const full = this.#registry.size >= limits.max_tunnels;
    const fullOfPerson = this.#registry.ofPerson(person) >= limits.max_tunnels_per_user;
    if (!full && !fullOfPerson) return;
    const lost = this.#registry.longestLost(fullOfPerson ? person : undefined);
    if (lost === null) throw tooManyTunnels();
    lost.end(closeCode.normal, placeNeeded);
  }

  #resume(
    socket: WebSocket,
    asked: { token: string; received: number },
    identity: Identity,
    remoteAddress: string,
  ): TunnelLink | null {
    const link = this.#registry.linkOf(asked.token);
    if (link === null || link.ended) return null;
    const before = link.session.identity;
    if (link.person !== personOf(identity) || !isBoundAlike(before, identity)) {
      this.#options.log.warn({ sessionId: link.session.id, remoteAddress }, 'a resume token came from another session');
      link.end(closeCode.sessionRevoked, 'The resume token was used by somebody else.');
      return null;
    }
    if (!link.multiplexer.canResumeFrom(asked.received)) {
      link.end(closeCode.protocolError, 'The client’s position can’t be resumed from.');
      return null;
    }
    link.session.remoteAddress = remoteAddress;
    link.session.renew(identity);
    const token = this.#registry.issueResumeToken(link);
    socket.send(
      encodeResumption(frameType.resumed, {
        token,
        received: link.multiplexer.received,
        expiresAtMs: identity.expiresAtMs,
      }),
    );
    link.attach(socket, Date.now(), asked.received);
    this.#peers?.didLose(link.session.id, null);
    return link;
  }

  readonly onOpen = (
    link: TunnelLink,
    stream: ConstructorParameters<typeof StreamSocket>[0],
    listenerId: number,
  ): StreamSocket | null => {
    if (link.session.device === null) throw new ProtocolError('A stream before hello.');
    if (!link.session.hasListener(listenerId)) return null;
    const noRoom = this.#options.overload.refusesConnection(link.session);
    if (noRoom !== null) {
      stream.reset(resetCode.tooManyStreams, noRoom);
      return null;
    }
    return new StreamSocket(stream, link.session, listenerId, this.#options.onStream);
  };

  readonly onControl = (link: TunnelLink, message: unknown): void => {
    const parsed = clientControlSchema.safeParse(message);
    if (!parsed.success) throw new ProtocolError('A control message that this relay can’t read.');
    const { session } = link;
    const control = parsed.data;
    if (control.type !== 'hello' && session.device === null)
      throw new ProtocolError('The first control message is hello.');
    switch (control.type) {
      case 'hello':
        this.#welcome(link, control);
        return;
      case 'listeners':
        session.setListeners(control.listeners);
        for (const { owner } of link.multiplexer.streams()) {
          if (owner instanceof StreamSocket && !session.hasListener(owner.listenerId)) owner.destroy();
        }
        return;
      case 'renew':
        void this.#renew(link, control);
    }
  };

  readonly onEnded = (link: TunnelLink, detail: string): void => {
    this.#registry.remove(link);
    this.#peers?.didEnd(link.session.id);
    if (link.session.device !== null) this.#recordSession(link, 'closed', detail);
  };

  #welcome(link: TunnelLink, hello: Extract<ClientControl, { type: 'hello' }>): void {
    const { session } = link;
    if (session.device !== null) throw new ProtocolError('A second hello.');
    session.introduce(hello.device);
    session.setListeners(hello.listeners);
    const { limits, policy } = this.#options.inForce();
    const resumeGraceMs = limits.resume_grace_seconds * 1000;
    const resumeToken = resumeGraceMs === 0 ? '' : this.#registry.issueResumeToken(link);
    session.send({
      type: 'welcome',
      sessionId: session.id,
      expiresAtMs: session.identity.expiresAtMs,
      relayTimeMs: Date.now(),
      resumeToken,
      resumeGraceMs,
      pingAfterMs: limits.ping_seconds * 1000,
      maxStreams: limits.max_streams_per_tunnel,
      maxWindowBytes: limits.stream_window_bytes,
      catalog: policy.catalogFor(session.identity, this.#context(session)),
    });
    this.#sendQuotas(session);
    this.#recordSession(link, 'opened', `Causeway ${hello.device.appVersion}`);
  }

  async #renew(link: TunnelLink, renewal: Extract<ClientControl, { type: 'renew' }>): Promise<void> {
    const { session } = link;
    const verdict = await authenticateCaller(
      {
        scheme: renewal.dpopProof === undefined ? 'bearer' : 'dpop',
        token: renewal.token,
        dpopProof: renewal.dpopProof,
        // The one that this tunnel's connection has proved.
        clientCertificateSha256: session.identity.certificateSha256,
        method: 'GET',
        url: new URL(tunnelPath, this.#options.relayUrl).href,
      },
      session.remoteAddress,
      this.#options.authenticator,
      this.#options.audit,
    );
    if (link.ended) return;
    if (verdict.status === 'refused') {
      const { dpopNonce, error } = verdict;
      session.send({
        type: 'renewal-refused',
        code: error.code,
        detail: error.message,
        ...(dpopNonce === undefined ? {} : { dpopNonce }),
      });
      return;
    }
    if (personOf(verdict.identity) !== link.person || !isBoundAlike(session.identity, verdict.identity)) {
      session.send({
        type: 'renewal-refused',
        code: 'token-rejected',
        detail: 'The token is of another person, key or certificate.',
      });
      return;
    }
    session.renew(verdict.identity);
    if (this.#endIfRevoked(link)) return;
    session.send({ type: 'renewed', expiresAtMs: verdict.identity.expiresAtMs });
    this.#applyPolicy(session);
    this.#recordSession(link, 'renewed', `until ${new Date(verdict.identity.expiresAtMs).toISOString()}`);
  }

  #applyPolicy(session: TunnelSession): void {
    const { policy } = this.#options.inForce();
    const context = this.#context(session);
    for (const exchange of session.exchanges) {
      if (!exchange.allowed) continue;
      const { api, method, path } = exchange;
      const decision = policy.decide(session.identity, { api, method, path }, context);
      // A sign-in that got old is asked for again with the next request; what it opened goes on.
      if (decision.effect === 'deny' && decision.stepUp === undefined)
        exchange.revoke(`The policy changed: ${decision.reason}`);
    }
    if (session.device === null) return;
    session.sendCatalog(policy.catalogFor(session.identity, context));
    this.#sendQuotas(session);
  }

  /** The catalog again with what is left of quotas, which may have to be asked for elsewhere. */
  #sendQuotas(session: TunnelSession): void {
    const { policy } = this.#options.inForce();
    const plain = policy.catalogFor(session.identity, this.#context(session));
    this.#options.withQuotas?.(plain, session.identity).then(
      (catalog) => {
        if (catalog !== plain && policy === this.#options.inForce().policy) session.sendCatalog(catalog);
      },
      (error: unknown) => this.#options.log.error({ err: error }, 'what is left of quotas could not be found'),
    );
  }

  #context({ identity, remoteAddress, device }: TunnelSession): PolicyContext {
    const grants = this.#options.grantsOf?.(identity) ?? [];
    return { timeMs: Date.now(), remoteAddress, device, grants };
  }

  #recordSession(link: TunnelLink, event: 'opened' | 'renewed' | 'closed', detail: string): void {
    const { session } = link;
    this.#options.audit.append(
      { type: 'session', timeMs: Date.now(), event, caller: session.caller, detail },
      (error) => {
        if (error !== null) this.#options.log.error({ err: error, event }, 'a session event could not be recorded');
      },
    );
    this.#options.log.info({ event, sessionId: session.id, user: session.identity.username, detail }, 'tunnel session');
  }
}

type Resumption = NonNullable<ReturnType<typeof decodeResumption>>;

function readResume(resumption: Resumption): { token: string; received: number } {
  if (resumption.type !== frameType.resume) throw new ProtocolError('A client begins with RESUME or CONTROL.');
  const asked = resumeSchema.safeParse(resumption.content);
  if (!asked.success) throw new ProtocolError('A RESUME that can’t be read.');
  return asked.data;
}

function refuseResumption(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(encodeResumption(frameType.resumeRefused, { detail: 'The tunnel is no longer known here.' }));
}

function tooManyTunnels(): ProtocolError {
  return new ProtocolError('There are too many tunnels.', { closeCode: closeCode.tooMuch });
}

/** Whether both tokens are bound to the same key (RFC 9449) and certificate (RFC 8705), or neither to any. */
function isBoundAlike(before: Identity, after: Identity): boolean {
  return before.jkt === after.jkt && before.certificateSha256 === after.certificateSha256;
}

function refuse(
  socket: Duplex,
  error: AccessError,
  status: number,
  phrase: string,
  headers: readonly string[] = [],
): void {
  socket.end(rawProblem(problemDocument(error.code, status, error.message), phrase, headers));
}
