import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ActivityEntry, ActivityLog } from '../../shared/activity.ts';
import { causeOf } from '../../shared/cause.ts';
import type { ShownRequest } from '../../shared/access-request.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { ProfileSnapshot, SignInState } from '../../shared/snapshot.ts';
import type { StepUp } from '../../shared/step-up.ts';
import type { AccessWish, RequestDecision, SignInWishes } from './wishes.ts';
import { answerLocally, type LocalRefusal } from '../tunnel/local-answer.ts';
import type { ServiceCredentials } from '../services/service-credentials.ts';
import { endSignIn } from '../sign-in/end-sign-in.ts';
import type { SignedIn } from '../sign-in/run-sign-in.ts';
import { openProcessLock, openRefreshLock } from '../tokens/refresh-lock.ts';
import { type HeldTokens, shareTokens } from '../tokens/shared-tokens.ts';
import { personId } from '../tokens/same-person.ts';
import { openTokenVault, type StoredTokens, type TokenSet } from '../tokens/token-set.ts';
import type { LeftOut } from '../tunnel/tunnel-client.ts';
import { createAccessKeys } from './access-keys.ts';
import { openActivityFile } from './activity-file.ts';
import { createActivityStore } from './activity-store.ts';
import { type CatalogHolder, createCatalogHolder } from './catalog-holder.ts';
import { createConnections } from './connections.ts';
import { localRefusal } from './local-refusal.ts';
import type { ProfileContext } from './profile-context.ts';
import { profileSnapshot } from './profile-snapshot.ts';
import { closedSignIn, forgetSignIn, undeletedSignIn, unreadSignIn } from './forget-sign-in.ts';
import { createNewDevices } from './new-devices.ts';
import { createProviderCache } from './provider-cache.ts';
import { beginSignIn, type SignInAttempt } from './sign-in-attempt.ts';
import { createRefusedConnections } from './refused-connections.ts';
import { shownTunnel } from './shown-tunnel.ts';
import { createStepUpAsker } from './step-up.ts';
import { endSessions, ownSessions } from './own-sessions.ts';
import { createQuotaWatch } from './quota-watch.ts';
import { decideRequest, listRequests, requestAccess, withdrawRequest } from './access-requests.ts';
import { createRequestHolder } from './request-holder.ts';
import { signOutAtRelay } from './sign-out-at-relay.ts';
import { createSignedInSession, type SignedInSession } from './signed-in-session.ts';
import { text } from '../../shared/messages/text.ts';

/** Longer than another process's renewal takes where the provider answers; one that takes longer looks again itself. */
const longestLockWaitMs = 8_000;
const lookForDevicesMs = 120_000;
const signedOut: LocalRefusal = { code: 'not-signed-in', detail: 'Nobody is signed in.' };
const maxAccount = 300;

/** One relay: the sign-in there, and with it catalog, connections and activity. */
export type ProfileSession = ReturnType<typeof createProfileSession>;

/** Makes the profile of a record; nothing happens before `restore` or `signIn`. */
export function createProfileSession(context: ProfileContext, initial: ProfileRecord, establishedBefore: boolean) {
  const { now } = context;
  let record = initial;
  /** Whether the person has ever been signed in here; only then is the profile remembered. */
  let established = establishedBefore;
  let attempt: SignInAttempt | null = null;
  let session: SignedInSession | null = null;
  let problem: UserProblem | null = null;
  let offersBreakGlass = false;
  let restoring = false;
  let closed = false;
  const activity = createActivityStore();
  const activityFile = openActivityFile({
    stateDir: context.options.stateDir,
    secrets: context.options.secrets,
    profileId: record.id,
    onBatch: (batch) => activity.restore(batch),
    now,
  });

  function didAct(entries: readonly ActivityEntry[], leftOut: LeftOut): void {
    const batch = activity.add(entries, leftOut, now());
    activityFile.add(batch);
    context.onActivity(record.id, batch);
  }
  const holder = createCatalogHolder(now);
  const catalog: CatalogHolder = {
    ...holder,
    didLoad(loaded) {
      holder.didLoad(loaded);
      const { name, email = name } = loaded.person;
      const account = email.slice(0, maxAccount);
      if (record.account !== account && established) remember({ account });
    },
  };
  const providers = createProviderCache(context.http, now);
  const { secrets, stateDir } = context.options;
  const vault = openTokenVault(secrets, record.id);
  const shared = shareTokens(
    vault,
    secrets.kind === 'memory' ? openProcessLock() : openRefreshLock(stateDir, record.id),
  );
  const accessKeys = createAccessKeys({ secrets, record: () => record, remember });
  const refusedConnections = createRefusedConnections({
    tell: (entry) => didAct([entry], {}),
    now,
  });
  const connections = createConnections({
    record: () => record,
    remember,
    accessKeys,
    socketFolder: join(stateDir, 'sockets', record.id),
    entry,
    reservedPorts: context.reservedPorts,
    gateway: context.gateway,
    carry: (socket, listenerId) => {
      if (session) session.carry(socket, listenerId);
      else answerLocally(socket, why() ?? signedOut, 503);
    },
    onRefused: (api, refusal) => refusedConnections.add(api, refusal),
    onChange: () => {
      announceListeners();
      context.onChange();
    },
    now,
  });

  const newDevices = createNewDevices({
    ask: () => (session?.signInState().status === 'signed-in' && !session.isService ? ownSessions(session) : null),
    record: () => record,
    remember,
    onChange: context.onChange,
    everyMs: context.options.lookForDevicesMs ?? lookForDevicesMs,
  });
  const quotas = createQuotaWatch({
    entry,
    ask: async (api) => session?.refreshQuotas(api),
    now,
  });
  const requests = createRequestHolder({
    ask: () => (session?.signInState().status === 'signed-in' && !session.isService ? listRequests(session) : null),
    onChange: context.onChange,
  });
  const stepUp = createStepUpAsker(context, record.relayUrl, () => session);

  function remember(change: Partial<ProfileRecord>): void {
    record = { ...record, ...change };
    context.onRemember();
    context.onChange();
  }

  function deviceId(): string {
    const id = record.deviceId ?? randomBytes(12).toString('base64url');
    if (record.deviceId === undefined) remember({ deviceId: id });
    return id;
  }

  function entry(api: string): CatalogEntry | undefined {
    const state = catalog.state();
    return state.status === 'ready' ? state.catalog.apis.find((candidate) => candidate.id === api) : undefined;
  }

  function announceListeners(): void {
    session?.setListeners(connections.descriptions());
  }

  function signInState(): SignInState {
    if (attempt) return attempt.step();
    if (restoring) return { status: 'contacting' };
    const state: SignInState = session?.signInState() ?? { status: 'signed-out', problem };
    // A try that failed says more than that the old sign-in has ended.
    if (state.status === 'expired' && problem && problem.code !== 'sign-in-cancelled') return { ...state, problem };
    return state.status === 'signed-in' && problem ? { ...state, tryProblem: problem } : state;
  }

  function why(): LocalRefusal | null {
    const signIn = signInState();
    const tunnel = shownTunnel(signIn, session?.tunnelState() ?? { status: 'closed' }, now());
    const cause = causeOf({ signIn, tunnel, relayName: record.relayName });
    return cause === null ? null : localRefusal(cause);
  }

  function begin(tokens: StoredTokens, service: ServiceCredentials | null = null): SignedInSession {
    const created = createSignedInSession({
      context,
      relayUrl: record.relayUrl,
      deviceId: deviceId(),
      tokens,
      shared,
      providers,
      service,
      catalog,
      onActivity: (entries, leftOut) => {
        stepUp.didSee(entries);
        didAct(entries, leftOut);
        quotas.didUse(entries, leftOut);
      },
      why,
      onSessionsChanged: () => newDevices.look(),
      onRequestsChanged: () => void requests.look(),
    });
    session = created;
    announceListeners();
    return created;
  }

  function run(created: SignedInSession): void {
    if (created.signInState().status === 'expired') return;
    if (!context.options.passive) created.openTunnel();
    void created.refreshCatalog();
  }

  /** Stores a fresh sign-in as the next generation, so that an older process neither overwrites nor ends it. */
  async function store(fresh: TokenSet): Promise<TokenSet> {
    const put = async (place: Pick<HeldTokens, 'read' | 'write'>): Promise<TokenSet> => {
      // What can't be read, for example under another passphrase, is replaced.
      const before = await place.read().catch(() => null);
      const tokens = { ...fresh, generation: (before?.generation ?? 0) + 1 };
      await place.write(tokens);
      return tokens;
    };
    const waited = AbortSignal.timeout(longestLockWaitMs);
    try {
      return await shared.hold(put, waited);
    } catch (error) {
      if (error !== waited.reason) throw error;
      // A process that is stopped with the lock in hand looks again before it writes.
      return await put(vault);
    }
  }

  /** Forgets what is the person's here, but for the sign-in itself; gives what kept something of it on the disk, or null. */
  async function forgetPerson(): Promise<unknown> {
    let failure: unknown = null;
    stepUp.reset();
    newDevices.stop();
    refusedConnections.reset();
    await accessKeys.clear().catch((error: unknown) => (failure ??= error));
    catalog.clear();
    requests.clear();
    quotas.clear();
    activity.clear();
    await activityFile.clear().catch((error: unknown) => (failure ??= error));
    remember({ connected: [], paused: [] });
    return failure;
  }

  /** Nobody sees what somebody else has done here, nor uses the connections that they had. */
  async function makeRoomFor(person: string | undefined): Promise<void> {
    const before = record.person ?? (session === null ? undefined : personId(session.tokens()));
    if (before === undefined || person === undefined || before === person) return;
    const ending = session;
    session = null;
    await connections.close();
    await ending?.close();
    const failure = await forgetPerson();
    if (failure !== null) throw undeletedSignIn(failure);
  }

  async function didSignIn({ discovery, tokens: fresh }: SignedIn, service: ServiceCredentials | null): Promise<void> {
    // Where tokens don't say whose they are, each sign-in may be somebody else's.
    const person = personId(fresh) ?? fresh.signInId;
    await makeRoomFor(person);
    const tokens = await store(fresh);
    if (closed) return;
    await session?.close();
    stepUp.reset();
    const created = begin(tokens, service);
    established = true;
    problem = null;
    remember({ relayName: discovery.name, person });
    await created.start();
    run(created);
  }

  async function follow(current: SignInAttempt, service: ServiceCredentials | null): Promise<void> {
    try {
      await didSignIn(await current.outcome, service);
    } catch (error) {
      problem = toUserProblem(error, now());
    } finally {
      attempt = null;
      context.onChange();
    }
  }

  async function endAtProvider(tokens: TokenSet, isService: boolean): Promise<void> {
    // First, because a provider that was told may say from then on that the token counts no more.
    await signOutAtRelay(record.relayUrl, context.http, tokens, now);
    if (isService) return;
    const outcome = await endSignIn(() => providers.get(tokens.issuer), tokens);
    if (outcome.revocationFailure && !session) problem = toUserProblem(outcome.revocationFailure, now());
    context.onChange();
    if (outcome.endSessionUrl === null) return;
    // Everything here is forgotten already; without a browser only the provider's own page session stays.
    await context.options.openBrowser(outcome.endSessionUrl).catch(() => undefined);
  }

  function taken(request: ShownRequest): ShownRequest {
    requests.take(request);
    return request;
  }

  function requireSession(): SignedInSession {
    if (session && session.signInState().status !== 'expired') return session;
    throw new AccessError('sign-in-expired', text('failure.not-signed-in', { relay: record.relayName }));
  }

  function requireEntry(api: string): void {
    const found = entry(api);
    if (catalog.state().status !== 'ready' || record.connected.includes(api)) return;
    if (!found) throw new AccessError('unknown-api', text('failure.no-api', { relay: record.relayName, api }));
    if (found.access === 'locked') {
      const groups =
        found.unlockedBy.length > 0 ? ` ${text('failure.opened-by', { groups: found.unlockedBy.join(', ') })}` : '';
      throw new AccessError('policy-denied', `${text('failure.locked', { api: found.name })}${groups}`);
    }
  }

  return {
    id: initial.id,
    record: () => record,
    isEstablished: () => established,
    isBusy: () => attempt !== null,
    isLively: () => activity.isLively(now()),
    activity: () => activity.log(),
    async keptActivity(): Promise<ActivityLog> {
      await activityFile.sync();
      return activity.log();
    },
    announceListeners,
    /** Takes up a sign-in of the last run and its connections; network work goes on after it resolves. */
    async restore(): Promise<void> {
      restoring = true;
      context.onChange();
      try {
        const tokens = await shared.read();
        if (!tokens) {
          const { closed: closedPlaces } = await vault.elsewhere();
          if (closedPlaces.length > 0) problem = toUserProblem(closedSignIn(closedPlaces), now());
          return;
        }
        if (closed) return;
        const person = personId(tokens);
        await makeRoomFor(person);
        const created = begin(tokens);
        if (person !== undefined && record.person !== person) remember({ person });
        if (!context.options.passive) {
          // A port that is taken shows in the connection's own state.
          await Promise.allSettled(record.connected.map((api) => connections.connect(api)));
        }
        void created.start().then(() => run(created));
      } catch (error) {
        problem = toUserProblem(error, now());
      } finally {
        restoring = false;
        context.onChange();
      }
    },
    signIn(wishes: SignInWishes = {}): void {
      if (attempt) {
        void attempt.reopen().catch(() => undefined);
        return;
      }
      problem = null;
      attempt = beginSignIn(context, record.relayUrl, {
        ...wishes,
        lastIssuer: session?.tokens().issuer.issuer,
        onRelay: ({ breakGlass }) => {
          offersBreakGlass = breakGlass !== undefined;
        },
      });
      context.onChange();
      void follow(attempt, wishes.service ?? null);
    },
    chooseIssuer(issuer: string): void {
      if (!attempt) throw new AccessError('bad-input', text('failure.no-sign-in'));
      attempt.chooseIssuer(issuer);
    },
    stepUp: (demand?: StepUp, api?: string) => stepUp.begin(demand, api),
    cancelSignIn: () => {
      if (attempt) attempt.cancel();
      else stepUp.cancel();
    },
    reopenBrowser: async () => (attempt ?? stepUp).reopen(),
    async signOut(): Promise<void> {
      attempt?.cancel();
      stepUp.reset();
      newDevices.stop();
      const ending = session;
      session = null;
      problem = null;
      await connections.close();
      await ending?.close();
      const forgotten = await forgetSignIn(shared, vault, ending?.tokens() ?? null);
      const left = await forgetPerson();
      forgotten.failure ??= left;
      if (forgotten.closed.length > 0) problem = toUserProblem(unreadSignIn(forgotten.closed), now());
      for (const tokens of forgotten.tokens) await endAtProvider(tokens, ending?.isService ?? false);
      context.onChange();
      if (forgotten.failure !== null) throw undeletedSignIn(forgotten.failure);
    },
    async connect(api: string): Promise<void> {
      const current = requireSession();
      requireEntry(api);
      if (record.paused?.includes(api) === true) remember({ paused: record.paused.filter((other) => other !== api) });
      await connections.connect(api);
      current.openTunnel();
    },
    disconnect: (api: string) => connections.disconnect(api),
    /** Disconnects all, and remembers which, until `resume` or a sign-out. */
    async pause(): Promise<void> {
      const { connected, paused = [] } = record;
      remember({ paused: [...new Set([...paused, ...connected])] });
      await Promise.all(connected.map((api) => connections.disconnect(api)));
    },
    /** Connects again what was paused; a port that is taken shows in the connection's own state. */
    async resume(): Promise<void> {
      const current = requireSession();
      const { paused = [] } = record;
      remember({ paused: [] });
      await Promise.allSettled(paused.map((api) => connections.connect(api)));
      current.openTunnel();
    },
    setAccessKey: (api: string, wanted: boolean) => connections.setAccessKey(api, wanted),
    accessKey: (api: string) => accessKeys.keyOf(api),
    setPort: (api: string, port: number | null) => connections.setPort(api, port),
    setFavourite(api: string, favourite: boolean): void {
      const others = record.favourites.filter((other) => other !== api);
      remember({ favourites: favourite ? [...others, api] : others });
    },
    refreshCatalog: async () => requireSession().refreshCatalog(),
    refreshQuotas: async (api: string) => requireSession().refreshQuotas(api),
    async sessions() {
      const own = await ownSessions(requireSession());
      newDevices.take(own);
      return own;
    },
    didSeeNewDevices: () => newDevices.didSee(),
    endSessions: async (which: { readonly id: string } | 'others') => endSessions(requireSession(), which),
    requestAccess: async (wish: AccessWish) => taken(await requestAccess(requireSession(), wish)),
    refreshRequests: () => requests.look(),
    withdrawRequest: async (id: string) => taken(await withdrawRequest(requireSession(), id)),
    /** Whatever came of it: somebody else may have been faster. */
    decideRequest: async (id: string, decision: RequestDecision) => {
      try {
        return taken(await decideRequest(requireSession(), id, decision));
      } finally {
        void requests.look();
      }
    },
    checkNow: () => session?.checkNow(),
    snapshot(): ProfileSnapshot {
      const nowMs = now();
      return profileSnapshot({
        record,
        signIn: signInState(),
        stepUp: stepUp.state(),
        tunnel: session?.tunnelState() ?? { status: 'closed' },
        catalog: catalog.state(),
        connections: connections.all,
        gatewayAddress: (api) => connections.gatewayAddress(api),
        openStreams: (listenerId) => session?.openStreams(listenerId) ?? 0,
        rate: (api) => activity.rate(api, nowMs),
        device: context.options.device,
        appVersion: context.options.appVersion,
        offersBreakGlass,
        newDevices: newDevices.all,
        requests: requests.state(),
        nowMs,
      });
    },
    async close(): Promise<void> {
      closed = true;
      attempt?.cancel();
      stepUp.reset();
      refusedConnections.reset();
      newDevices.stop();
      await connections.close();
      await session?.close();
      await activityFile.close();
      await shared.close();
    },
  };
}
