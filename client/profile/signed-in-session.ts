import type { Emergency } from '../../shared/emergency.ts';
import type { Socket } from 'node:net';
import { AccessError, type ErrorCode, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import { managedValue } from '../../shared/managed/managed-state.ts';
import type { SignInState, TunnelState } from '../../shared/snapshot.ts';
import type { ListenerDescription } from '../../shared/tunnel/control-message.ts';
import { requestServiceTokens } from '../services/request-service-tokens.ts';
import type { ServiceCredentials } from '../services/service-credentials.ts';
import { requestRenewal } from '../tokens/request-renewal.ts';
import { createTokenKeeper, type TokenEvent } from '../tokens/token-keeper.ts';
import { signInEndOf } from '../tokens/sign-in-end.ts';
import type { SharedTokens } from '../tokens/shared-tokens.ts';
import { endOfSignIn, type StoredTokens, type TokenSet } from '../tokens/token-set.ts';
import { isPeerThere } from '../listeners/peer-user.ts';
import { createTunnelClient } from '../tunnel/create-tunnel-client.ts';
import { answerLocally, type LocalRefusal } from '../tunnel/local-answer.ts';
import type { TunnelClientOptions } from '../tunnel/tunnel-client.ts';
import { askRelay, type RelayQuestion } from './ask-relay.ts';
import type { CatalogHolder } from './catalog-holder.ts';
import { fetchCatalog } from './fetch-catalog.ts';
import type { ProfileContext } from './profile-context.ts';
import type { createProviderCache } from './provider-cache.ts';

export interface SignedInSessionOptions {
  readonly context: ProfileContext;
  readonly relayUrl: string;
  /** Random name of this computer at this relay. */
  readonly deviceId: string;
  readonly tokens: StoredTokens;
  readonly shared: SharedTokens;
  readonly providers: ReturnType<typeof createProviderCache>;
  /** Set when a service has signed itself in: renewing is asking again. */
  readonly service: ServiceCredentials | null;
  readonly catalog: CatalogHolder;
  readonly onActivity: TunnelClientOptions['onActivity'];
  /** What local programs are told while nothing gets through; null while it does. */
  readonly why: () => LocalRefusal | null;
  /** The person may have signed in elsewhere: the tunnel is open (again), or the relay says so. */
  readonly onSessionsChanged: () => void;
  /** Requests for access that concern the person may have changed: the tunnel is open (again), or the relay says so. */
  readonly onRequestsChanged: () => void;
  /** The relay tells an owner that an account of its own has signed in. */
  readonly onEmergency: (emergency: Emergency) => void;
}

/** From one sign-in to its end: tokens that renew themselves, and the tunnel that presents them. */
export interface SignedInSession {
  readonly isService: boolean;
  signInState(): SignInState;
  tunnelState(): TunnelState;
  tokens(): StoredTokens;
  /** Begins renewing; with a token past its end, renews before anything is shown as signed in. */
  start(): Promise<void>;
  /** Takes a fresh sign-in’s tokens and presents them in the open tunnel; streams go on. */
  replaceTokens(fresh: TokenSet): Promise<void>;
  /** Takes and presents what another process has stored since; null when there is nothing newer. */
  adoptStored(): Promise<TokenSet | null>;
  openTunnel(): void;
  /** Makes the tunnel anew, where there is one: it was made under other rules than hold now. */
  redial(): void;
  setListeners(listeners: readonly ListenerDescription[]): void;
  carry(socket: Socket, listenerId: number): void;
  openStreams(listenerId: number): number;
  /** Asks the relay for the catalog; failures land in the catalog's state. */
  refreshCatalog(): Promise<void>;
  /** Asks what is left of one API's limits; what is known stays when that fails. */
  refreshQuotas(api: string): Promise<void>;
  /** Sends one of the relay's own endpoints a question in the person's name. @throws AccessError as `askRelay` */
  ask(question: RelayQuestion): Promise<unknown>;
  checkNow(): void;
  close(): Promise<void>;
}

/** A refusal by the relay is answered with one renewal; when that doesn't help within this time, the person is needed. */
const secondRefusalMs = 60_000;
const curedByRenewal = new Set(['token-rejected', 'sign-in-expired']);

/** See {@link SignedInSession}. */
export function createSignedInSession(options: SignedInSessionOptions): SignedInSession {
  const { context, relayUrl, catalog } = options;
  const { now } = context;
  let tunnelState: TunnelState = { status: 'closed' };
  let renewalProblem: UserProblem | null = null;
  let renewalCause: ErrorCode | null = null;
  let ended: UserProblem | null = null;
  let verified = false;
  let tunnelWanted = false;
  let closed = false;
  let forcedRenewalAtMs = Number.NEGATIVE_INFINITY;

  let presented: Promise<void> = Promise.resolve();

  const keeper = createTokenKeeper({
    tokens: options.tokens,
    shared: options.shared,
    renew,
    relayUrl,
    onEvent,
    now,
  });
  const tunnel = createTunnelClient({
    relayUrl,
    tokens: keeper,
    get device() {
      return { id: options.deviceId, ...context.device(), appVersion: context.options.appVersion };
    },
    pins: () => managedValue(context.managed(), 'certificatePins') ?? [],
    ...(context.options.ca ? { ca: context.options.ca } : {}),
    ...(context.options.clientCertificate ? { clientCertificate: context.options.clientCertificate } : {}),
    ...(context.options.waitForTunnelMs === undefined ? {} : { waitForTunnelMs: context.options.waitForTunnelMs }),
    isCallerThere: isPeerThere,
    why: options.why,
    proxies: context.proxies,
    ...(context.http.judgeFailure === undefined ? {} : { judgeFailure: context.http.judgeFailure }),
    onState: (state) => {
      const isNewlyOpen = state.status === 'open' && tunnelState.status !== 'open';
      tunnelState = state;
      if (isNewlyOpen) {
        options.onSessionsChanged();
        options.onRequestsChanged();
      }
      context.onChange();
    },
    onCatalog: (pushed) => {
      catalog.didLoad(pushed);
      context.onChange();
    },
    onActivity: options.onActivity,
    onSessionsChanged: options.onSessionsChanged,
    onRequestsChanged: options.onRequestsChanged,
    onEmergency: options.onEmergency,
    onSignInNeeded: (problem) => void refused(problem),
  });

  async function renew(tokens: TokenSet): Promise<TokenSet> {
    const { service: credentials } = options;
    if (credentials === null) return await requestRenewal(await options.providers.get(tokens.issuer), tokens, now);
    const { issuer, proofKey, signedInAtMs, signInId, generation } = tokens;
    const { http } = context;
    const renewed = await requestServiceTokens({
      credentials,
      relayUrl: tokens.relayUrl,
      issuer,
      http,
      proofKey,
      now,
    });
    return { ...renewed, signedInAtMs, signInId, generation: generation + 1 };
  }

  function onEvent(event: TokenEvent): void {
    switch (event.type) {
      case 'did-renew':
        verified = true;
        renewalProblem = null;
        renewalCause = null;
        if (tunnelWanted && tunnelState.status === 'closed') tunnel.open();
        // The tunnel tells in its own state when the relay doesn't take the new token.
        else presented = tunnel.renew().catch(() => undefined);
        break;
      case 'did-fail':
        verified = true;
        renewalCause = event.error.code;
        renewalProblem = toUserProblem(
          new AccessError('renewal-failed', event.error.message, { cause: event.error }),
          now(),
        );
        break;
      case 'did-end':
        void end(toUserProblem(event.error, now()));
        break;
    }
    context.onChange();
  }

  async function end(problem: UserProblem): Promise<void> {
    if (ended) return;
    ended = problem;
    context.onChange();
    const forgotten = forget(problem).then(() => keeper.close());
    await Promise.all([forgotten, tunnel.close()]);
  }

  /** A sign-in that was revoked must not come to life again with the next start. */
  async function forget({ code, detail, atMs }: UserProblem): Promise<void> {
    // A store that can't be written now only means that the relay refuses once more after the next start.
    if (code === 'session-revoked')
      await keeper.abandon(new AccessError(code, detail, { atMs })).catch(() => undefined);
  }

  /** The relay doesn't take the token: renews once, because it may only have ended while the computer slept. */
  async function refused(problem: UserProblem): Promise<boolean> {
    if (!curedByRenewal.has(problem.code) || now() - forcedRenewalAtMs < secondRefusalMs) {
      await end(problem);
      return false;
    }
    forcedRenewalAtMs = now();
    try {
      await keeper.renewNow();
      return true;
    } catch {
      // The keeper has told why, and opens the way again with its next success.
      return false;
    }
  }

  async function refreshCatalog(mayRenew = true): Promise<void> {
    if (closed) return;
    catalog.willLoad();
    context.onChange();
    try {
      catalog.didLoad(await fetchCatalog(relayUrl, context.http, keeper));
    } catch (error) {
      const cured =
        mayRenew && !ended && error instanceof AccessError && curedByRenewal.has(error.code)
          ? await refused(toUserProblem(error, now()))
          : false;
      if (cured) return await refreshCatalog(false);
      if (!ended && !closed) catalog.didFail(error);
    }
    context.onChange();
  }

  /** One question at a time for an API; a second one meanwhile waits for the same answer. */
  const counting = new Map<string, Promise<void>>();

  async function count(api: string): Promise<void> {
    try {
      const { apis } = await fetchCatalog(relayUrl, context.http, keeper, api);
      if (closed || ended) return;
      catalog.didCount(api, apis.find(({ id }) => id === api)?.quotas);
      context.onChange();
    } catch (error) {
      // The figures are a courtesy: the tunnel and the catalog tell in their own states what is wrong.
      if (!(error instanceof AccessError)) throw error;
    } finally {
      counting.delete(api);
    }
  }

  return {
    isService: options.service !== null,
    signInState() {
      if (ended) return { status: 'expired', problem: ended };
      const tokens = keeper.current();
      if (!verified && now() >= tokens.expiresAtMs) return { status: 'contacting' };
      const ends = signInEndOf(tokens, managedValue(context.managed(), 'signInEndNoticeMinutes'));
      return {
        status: 'signed-in',
        sinceMs: tokens.signedInAtMs,
        expiresAtMs: tokens.expiresAtMs,
        renewalProblem,
        ...(renewalCause === null ? {} : { renewalCause }),
        ...(ends === undefined ? {} : { ends }),
        bound: tokens.scheme,
        kept: options.shared.unstored() === null ? context.options.secrets.kind : 'memory',
      };
    },
    tunnelState: () => tunnelState,
    tokens: () => keeper.current(),
    async start() {
      const { ended: endedBefore, expiresAtMs } = keeper.current();
      if (endedBefore) {
        await end(toUserProblem(endOfSignIn(endedBefore), now()));
        return;
      }
      if (now() < expiresAtMs) verified = true;
      keeper.start();
      await keeper.checkNow();
    },
    async replaceTokens(fresh) {
      await keeper.adopt(fresh);
      await presented;
    },
    async adoptStored() {
      const adopted = await keeper.adoptStored();
      await presented;
      return adopted;
    },
    openTunnel() {
      if (closed) return;
      tunnelWanted = true;
      if (!ended) tunnel.open();
    },
    redial() {
      if (!tunnelWanted || ended) return;
      void tunnel.close().then(() => {
        if (tunnelWanted && !ended && !closed) tunnel.open();
      });
    },
    setListeners: (listeners) => tunnel.setListeners(listeners),
    carry(socket, listenerId) {
      // Nobody need wait for a tunnel that only the person can bring back.
      if (ended) answerLocally(socket, options.why() ?? ended, 503);
      else tunnel.carry(socket, listenerId);
    },
    openStreams: (listenerId) => tunnel.openStreams(listenerId),
    refreshCatalog,
    async refreshQuotas(api) {
      if (closed || ended) return;
      const running = counting.get(api) ?? count(api);
      counting.set(api, running);
      await running;
    },
    ask: (question) => askRelay(relayUrl, context.http, keeper, question),
    checkNow() {
      if (ended) return;
      if (now() >= keeper.current().expiresAtMs) verified = false;
      context.onChange();
      void keeper.checkNow().then(() => {
        if (!ended) tunnel.checkNow();
      });
    },
    async close() {
      closed = true;
      tunnelWanted = false;
      await Promise.all([keeper.close(), tunnel.close()]);
    },
  };
}
