import type { Catalog } from '../../shared/catalog.ts';
import { tunnelPath } from '../../shared/discovery-document.ts';
import { plainReason, said } from '../../shared/plain-reason.ts';
import { reason, type Reason } from '../../shared/reason.ts';
import {
  type ClientControl,
  clientControlSchema,
  type ListenerDescription,
} from '../../shared/tunnel/control-message.ts';
import { ProtocolError } from '../../shared/tunnel/frame-codec.ts';
import { closeCode, resetCode } from '../../shared/tunnel/protocol.ts';
import type { TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { decideAll } from '../policy/decide-all.ts';
import { recordedClaims } from '../recorded/recorded-fields.ts';
import { authenticateCaller } from '../identity/authenticate-caller.ts';
import type { PolicyContext } from '../policy/decision.ts';
import { endReason, lockDetail } from '../sessions/lock.ts';
import { signedOutThere } from '../sessions/track-sessions.ts';
import { sessionIdOf } from '../sessions/session-identity.ts';
import { type LocksOfCaller, locksOfCaller, locksSignature, showLocks } from '../sessions/show-locks.ts';
import { recommendVersion, refusesVersion } from '../policy/client-version.ts';
import { StreamSocket } from './stream-socket.ts';
import type { TunnelEndpointOptions } from './tunnel-endpoint-options.ts';
import type { LinkHandlers, TunnelLink } from './tunnel-link.ts';
import type { TunnelRegistry } from './tunnel-registry.ts';
import type { TunnelSession } from './tunnel-session.ts';

/** What tunnels end by, as they are counted. */
const endings: ReadonlyMap<number, string> = new Map([
  [closeCode.normal, 'closed'],
  [closeCode.protocolError, 'protocol-error'],
  [closeCode.sessionExpired, 'sign-in-expired'],
  [closeCode.sessionRevoked, 'session-revoked'],
  [closeCode.silent, 'silent'],
  [closeCode.clientTooOld, 'client-too-old'],
  [closeCode.tooMuch, 'overloaded'],
  [closeCode.draining, 'relay-draining'],
]);

type Hello = Extract<ClientControl, { type: 'hello' }>;

/** A session from the client's hello to its end: its streams, renewals, what the policy lets it see, its records. */
export class SessionLife implements LinkHandlers {
  readonly #options: TunnelEndpointOptions;
  readonly #registry: TunnelRegistry;
  /** Devices whose `hello` has parts to come. */
  readonly #greeting = new WeakMap<TunnelSession, Hello['device']>();
  /** Which locks the catalog that a client has shows. */
  readonly #shownLocks = new WeakMap<TunnelSession, string>();

  constructor(options: TunnelEndpointOptions, registry: TunnelRegistry) {
    this.#options = options;
    this.#registry = registry;
  }

  onOpen(link: TunnelLink, stream: TunnelStream, listenerId: number): StreamSocket | null {
    if (link.session.device === null) throw new ProtocolError('A stream before hello.');
    if (!link.session.hasListener(listenerId)) return null;
    const noRoom = this.#options.overload.refusesConnection(link.session);
    if (noRoom !== null) {
      this.#options.watch?.stream('refused');
      stream.reset(resetCode.tooManyStreams, plainReason(noRoom));
      return null;
    }
    this.#options.watch?.stream('opened');
    const decidedWithinMs = this.#options.inForce().limits.header_timeout_seconds * 1000;
    return new StreamSocket(stream, link.session, listenerId, this.#options.onStream, decidedWithinMs);
  }

  onControl(link: TunnelLink, message: unknown): void {
    const parsed = clientControlSchema.safeParse(message);
    if (!parsed.success) throw new ProtocolError('A control message that this relay can’t read.');
    const { session } = link;
    const control = parsed.data;
    const begun = this.#greeting.get(session);
    if (control.type !== 'hello' && control.type !== 'listeners-part' && session.device === null)
      throw new ProtocolError('The first control message is hello.');
    switch (control.type) {
      case 'hello':
        if (session.device !== null || begun !== undefined) throw new ProtocolError('A second hello.');
        this.#greeting.set(session, control.device);
        this.#onListeners(link, session.listenerAssembly.begin(control.listeners, control.more === true));
        return;
      case 'listeners':
        this.#onListeners(link, session.listenerAssembly.begin(control.listeners, control.more === true));
        return;
      case 'listeners-part':
        this.#onListeners(link, session.listenerAssembly.add(control.listeners, control.more));
        return;
      case 'renew':
        void this.#renew(link, control);
    }
  }

  onEnded(link: TunnelLink, code: number, detail: string): void {
    this.#registry.remove(link);
    this.#options.watch?.ended(
      link.lostAtMs !== null && code === closeCode.normal ? 'lost' : (endings.get(code) ?? 'failed'),
    );
    this.#options.peers?.didEnd(link.session.id);
    this.#options.sessions?.didEnd(link.session);
    if (link.session.device !== null) this.#recordSession(link, 'closed', detail);
  }

  /** Ends the tunnel when its sign-in was ended, here or at another relay; says whether it was. */
  endIfRevoked(link: TunnelLink): boolean {
    const { identity } = link.session;
    const by = this.#options.revokedBy?.(identity) ?? null;
    if (by === 'administrator') this.revoke(link, reason('sign-in-ended-by-admin'));
    else if (by === 'person') this.revoke(link, reason('signed-out'));
    else if (by === 'provider') this.endAtProvider(link, reason('signed-out-at', { provider: identity.issuerName }));
    return by !== null;
  }

  /** Ends the tunnel of a client that the relay doesn't work with; says whether it was. */
  endIfTooOld(link: TunnelLink, appVersion = link.session.device?.appVersion): boolean {
    const { clients } = this.#options.inForce();
    const tooOld = appVersion === undefined ? null : refusesVersion(clients, appVersion);
    if (tooOld === null) return false;
    this.#options.log.info({ appVersion, user: link.session.identity.username }, 'a client is too old');
    link.sayGoodbye({ reason: 'protocol-error', detail: tooOld.message, graceMs: 0 });
    link.end(closeCode.clientTooOld, tooOld.message);
    return true;
  }

  /** Ends the tunnel because the provider has ended its sign-in, and remembers that of its session. */
  endAtProvider(link: TunnelLink, why: Reason): void {
    this.#options.sessions?.didEndSignIn(link.session, signedOutThere);
    this.revoke(link, why);
  }

  /** Ends the tunnel because its sign-in has ended. */
  revoke(link: TunnelLink, why: Reason, atMs?: number): void {
    const when = atMs === undefined ? {} : { atMs };
    link.sayGoodbye({ reason: 'session-revoked', ...said(why), ...when, graceMs: 0 });
    link.end(closeCode.sessionRevoked, plainReason(why));
  }

  /** Ends what a lock forbids, and the tunnel when its session was ended; says whether it was. */
  applyLocks(link: TunnelLink): boolean {
    const { locks, inForce } = this.#options;
    const { session } = link;
    const { disclose } = inForce();
    const end = locks?.endOf(session.lockedCaller) ?? null;
    if (end !== null) {
      this.revoke(link, endReason(end, disclose), end.createdAtMs);
      return true;
    }
    for (const exchange of session.exchanges) {
      const lock = exchange.allowed ? (locks?.of(session.lockedCaller, exchange.api) ?? null) : null;
      if (lock !== null) exchange.revoke(lockDetail(lock, disclose));
    }
    return false;
  }

  /** Pushes the catalog when other locks matter to the session than those that it shows. */
  showLocks(session: TunnelSession): void {
    if (session.device === null || this.#shownLocks.get(session) === locksSignature(this.#locksOf(session))) return;
    session.sendCatalog(this.#catalogOf(session));
    this.#sendQuotas(session);
  }

  /** Ends what the policy in force forbids, and pushes the catalog. */
  applyPolicy(session: TunnelSession): void {
    const { policy } = this.#options.inForce();
    const context = this.#context(session);
    for (const exchange of session.exchanges) {
      if (!exchange.allowed) continue;
      const decision = decideAll(policy, session.identity, exchange, context);
      // A sign-in that got old is asked for again with the next request; what it opened goes on.
      if (decision.effect === 'deny' && decision.stepUp === undefined)
        exchange.revoke(`The policy changed: ${decision.reason}`);
    }
    if (session.device === null) return;
    session.sendCatalog(this.#catalogOf(session));
    this.#sendQuotas(session);
  }

  /** @param listeners the whole set, or null while parts of it are to come */
  #onListeners(link: TunnelLink, listeners: readonly ListenerDescription[] | null): void {
    if (listeners === null) return;
    const { session } = link;
    session.setListeners(listeners);
    const device = this.#greeting.get(session);
    if (device !== undefined) {
      this.#greeting.delete(session);
      this.#welcome(link, device);
      return;
    }
    for (const { owner } of link.multiplexer.streams()) {
      if (owner instanceof StreamSocket && !session.hasListener(owner.listenerId)) owner.destroy();
    }
  }

  #welcome(link: TunnelLink, device: Hello['device']): void {
    const { session } = link;
    if (this.endIfTooOld(link, device.appVersion)) return;
    session.introduce(device);
    if (this.applyLocks(link)) return;
    const { limits } = this.#options.inForce();
    const resumeGraceMs = limits.resume_grace_seconds * 1000;
    const resumeToken = resumeGraceMs === 0 ? '' : this.#registry.issueResumeToken(link);
    session.sendCatalog(this.#catalogOf(session), {
      type: 'welcome',
      sessionId: session.id,
      expiresAtMs: session.identity.expiresAtMs,
      relayTimeMs: Date.now(),
      resumeToken,
      resumeGraceMs,
      pingAfterMs: limits.ping_seconds * 1000,
      maxStreams: limits.max_streams_per_tunnel,
      maxWindowBytes: limits.stream_window_bytes,
      takesReadsOn: true,
    });
    this.#sendQuotas(session);
    this.#options.sessions?.didOpen(session);
    this.#tellOthers(link);
    this.#recordSession(link, 'opened', `Causeway ${device.appVersion}`);
  }

  /** The person's other tunnels here learn that there is something new among the sessions. */
  #tellOthers({ person, session }: TunnelLink): void {
    if (session.identity.kind === 'service') return;
    const id = sessionIdOf(session.identity, session.device);
    if (id === null) return;
    this.tellOthers(person, id);
    this.#options.peers?.didOpenSession(person, id);
  }

  /** The person's tunnels here but those of the session that was opened. */
  tellOthers(person: string, id: string): void {
    if (this.#registry.ofPerson(person) === 0) return;
    for (const other of this.#registry.all()) {
      if (other.person !== person || other.session.device === null) continue;
      if (sessionIdOf(other.session.identity, other.session.device) === id) continue;
      other.session.send({ type: 'activity', entries: [], leftOut: {}, sessionsChanged: true });
    }
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
      if (error.code === 'internal') this.#options.log.error({ err: error }, 'a renewal could not be checked');
      session.send({
        type: 'renewal-refused',
        code: error.code,
        detail: error.message,
        ...(error.reasons === undefined ? {} : { reasons: error.reasons }),
        ...(dpopNonce === undefined ? {} : { dpopNonce }),
      });
      return;
    }
    if (!link.isOf(verdict.identity)) {
      session.send({
        type: 'renewal-refused',
        code: 'token-rejected',
        ...said(reason('token-of-another')),
      });
      return;
    }
    session.renew(verdict.identity);
    if (this.endIfRevoked(link) || this.applyLocks(link)) return;
    session.send({ type: 'renewed', expiresAtMs: verdict.identity.expiresAtMs });
    this.applyPolicy(session);
    this.#options.sessions?.didOpen(session);
    this.#recordSession(link, 'renewed', `until ${new Date(verdict.identity.expiresAtMs).toISOString()}`);
  }

  /** The catalog again with what is left of quotas, which may have to be asked for elsewhere. */
  #sendQuotas(session: TunnelSession): void {
    const { policy } = this.#options.inForce();
    const plain = this.#catalogOf(session);
    const locks = this.#shownLocks.get(session);
    this.#options.withQuotas?.(plain, session.identity).then(
      (catalog) => {
        const isCurrent = policy === this.#options.inForce().policy && locks === this.#shownLocks.get(session);
        if (catalog !== plain && isCurrent) session.sendCatalog(catalog);
      },
      (error: unknown) => this.#options.log.error({ err: error }, 'what is left of quotas could not be found'),
    );
  }

  /** What the session may use and what is locked of it, as of now. */
  #catalogOf(session: TunnelSession): Catalog {
    const { policy, disclose, clients } = this.#options.inForce();
    const locks = this.#locksOf(session);
    this.#shownLocks.set(session, locksSignature(locks));
    const catalog = recommendVersion(policy.catalogFor(session.identity, this.#context(session)), clients);
    return showLocks(catalog, locks, disclose);
  }

  #locksOf({ lockedCaller }: TunnelSession): LocksOfCaller {
    const { locks } = this.#options;
    return locksOfCaller(locks?.of(lockedCaller, null) ?? null, locks?.all ?? []);
  }

  #context({ identity, remoteAddress, device }: TunnelSession): PolicyContext {
    const grants = this.#options.grantsOf?.(identity) ?? [];
    return { timeMs: Date.now(), remoteAddress, device, grants };
  }

  #recordSession(link: TunnelLink, event: 'opened' | 'renewed' | 'closed', detail: string): void {
    const { session } = link;
    const found =
      event === 'opened' ? recordedClaims(session.identity.claims, this.#options.inForce().recorded.claims) : undefined;
    const claims = found === undefined ? {} : { claims: found };
    this.#options.audit.append(
      { type: 'session', timeMs: Date.now(), event, caller: session.caller, detail, ...claims },
      (error) => {
        if (error !== null) this.#options.log.error({ err: error, event }, 'a session event could not be recorded');
      },
    );
    this.#options.log.info({ event, sessionId: session.id, user: session.identity.username, detail }, 'tunnel session');
  }
}
